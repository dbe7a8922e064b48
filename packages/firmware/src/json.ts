/** JSON that others publish: its members are read one by one, and what is not understood is passed over. */
import { isObject, type Json, type JsonObject, parseStrictObject } from "@assay/jose"
import { FirmwareError } from "./error.ts"

const MAX_BYTES = 16 << 20
/** Of one list: more is no document that somebody wrote about a firmware. */
const MAX_ITEMS = 65_536

/** @param what for the sentence, for example `the SBOM`. @throws FirmwareError */
export const jsonOf = (bytes: Uint8Array, what: string): JsonObject => {
  if (bytes.length > MAX_BYTES)
    throw new FirmwareError("firmware.malformed", `${what} has more than ${MAX_BYTES} bytes`)
  const json = parseStrictObject(bytes)
  if ("reason" in json) throw new FirmwareError("firmware.malformed", `${what}: ${json.detail}`)
  return json.value
}

export const textIn = (value: Json | undefined): string | null =>
  typeof value === "string" && value !== "" ? value : null

/** None where it is missing. @throws FirmwareError where it is something else than a list, or too long */
export const listIn = (value: Json | undefined, what: string): ReadonlyArray<Json> => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new FirmwareError("firmware.malformed", `${what} is no list`)
  if (value.length > MAX_ITEMS)
    throw new FirmwareError("firmware.malformed", `${what} has more than ${MAX_ITEMS} items`)
  return value as ReadonlyArray<Json>
}

/** The objects of a list. @throws FirmwareError as `listIn`, and where an item is no object */
export const objectsIn = (value: Json | undefined, what: string): ReadonlyArray<JsonObject> =>
  listIn(value, what).map((one) => {
    if (isObject(one)) return one
    throw new FirmwareError("firmware.malformed", `an item of ${what} is no object`)
  })

/** The object, or an empty one. */
export const objectIn = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
