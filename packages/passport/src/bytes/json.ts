/**
 * JSON that every reader understands alike (RFC 7493): a repeated member, a lone surrogate, an unsafe number or deep nesting is
 * refused. JSON.parse keeps only the last of repeated members, so the members of the text are counted against those of the value.
 */
import { fromUtf8 } from "./bytes.ts"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject
export interface JsonObject {
  readonly [member: string]: Json
}

const MAX_DEPTH = 16

/** The object, or null. Never throws. */
export const readJson = (bytes: Uint8Array): JsonObject | null => {
  try {
    const text = fromUtf8(bytes)!
    const value = JSON.parse(text) as Json
    // Outside of strings a colon stands behind a member, and nowhere else.
    const members = text.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1
    return isObject(value) && countMembers(value, MAX_DEPTH) === members ? value : null
  } catch {
    return null
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** NaN where something in it is refused. */
const countMembers = (value: Json, depth: number): number => {
  if (depth < 0 || value === "__proto__") return Number.NaN
  if (typeof value === "number") return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? 0 : Number.NaN
  if (typeof value === "string") return value.isWellFormed() ? 0 : Number.NaN
  if (typeof value !== "object" || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [name, item]) =>
      sum + countMembers(item, depth - 1) + (Array.isArray(value) ? 0 : 1 + countMembers(name, depth)),
    0,
  )
}
