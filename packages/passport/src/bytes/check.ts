/** Checks of values that were read, as small functions: closed objects, bounded lists and texts. */
import { fromBase64 } from "./bytes.ts"

export type Check = (value: unknown) => boolean

/** A whole number within its bounds. */
export const count =
  (most = Number.MAX_SAFE_INTEGER, least = 0): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most

/** Not empty. @param max characters */
export const text =
  (max: number, form = /./): Check =>
  (value) =>
    typeof value === "string" && value.length <= max && form.test(value)

/** base64url of so many bytes. */
export const bytesOf =
  (size: number): Check =>
  (value) =>
    typeof value === "string" && value.length < 99 && fromBase64(value)?.length === size

export const oneOf =
  (words: ReadonlyArray<unknown>): Check =>
  (value) =>
    words.includes(value)

export const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

export const listOf =
  (check: Check, most: number, least = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.length <= most && value.every(check)

export type Shape = Readonly<Record<string, Check>>

/** The first member that is missing, wrong or unknown; null where the object has exactly the members of the shape. */
export const wrongMember = (shape: Shape, value: object): string | null => {
  const found = value as Readonly<Record<string, unknown>>
  const unknown = Object.keys(found).find((name) => !Object.hasOwn(shape, name))
  return unknown ?? Object.keys(shape).find((name) => !shape[name]!(found[name])) ?? null
}

export const members =
  (shape: Shape): Check =>
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && wrongMember(shape, value) === null
