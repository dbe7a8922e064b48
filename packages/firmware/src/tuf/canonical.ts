/** Canonical JSON as TUF signs it (OLPC): members by code point, no blanks, only `"` and `\` escaped, no fractions. */
import { isObject, type Json } from "@assay/jose"
import { FirmwareError } from "../error.ts"

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const text = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`

const write = (value: Json): string => {
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "string") return text(value)
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value)
    throw new FirmwareError("firmware.malformed", `${value} is no whole number: canonical JSON has no other`)
  }
  if (!isObject(value)) return `[${value.map(write).join(",")}]`
  const members = Object.keys(value).toSorted(byCodePoint)
  return `{${members.map((member) => `${text(member)}:${write(value[member]!)}`).join(",")}}`
}

/** What a signature covers. @throws FirmwareError for a number that is not whole */
export const canonical = (value: Json): Buffer => Buffer.from(write(value))
