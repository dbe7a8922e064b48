/**
 * The entries of an IETF Token Status List (draft-ietf-oauth-status-list-21, section 4): 1, 2, 4 or 8 bits each, the least
 * significant bits of the first byte first, ZLIB. Compressed and inflated sizes are capped before any allocation.
 */
import { deflateSync, inflateSync } from "node:zlib"
import type { StatusList } from "@assay/trust"
import { MAX_LIST_BYTES } from "./list.ts"

export const TOKEN_SIZES = [1, 2, 4, 8] as const
export type TokenSize = (typeof TOKEN_SIZES)[number]

/** Section 7.1. Every other value is none that is known here. */
export const TOKEN_STATUS = { valid: 0, invalid: 1, suspended: 2 } as const

export const isTokenSize = (value: unknown): value is TokenSize => TOKEN_SIZES.some((size) => size === value)

/** The list behind the bytes of `lst`, or null where they are not strictly one, or too large. Costs its inflation. */
export const decodeTokenList = (size: TokenSize, compressed: Uint8Array): StatusList | null => {
  try {
    const bits = inflateSync(compressed, { maxOutputLength: MAX_LIST_BYTES })
    return bits.length === 0 ? null : { bits, length: (bits.length * 8) / size, size, order: "least" }
  } catch {
    return null
  }
}

/**
 * The bytes of `lst` for a list in which the entries of `values` have these values, and all others 0.
 * @param entries rounded up to whole bytes
 * @throws RangeError where an index lies outside the list, a value needs more bits, or the list would be too large
 */
export const encodeTokenList = (
  size: TokenSize,
  entries: number,
  values: Iterable<readonly [index: number, value: number]>,
): Uint8Array => {
  const bits = new Uint8Array(Math.max(1, Math.ceil((entries * size) / 8)))
  if (bits.length > MAX_LIST_BYTES) throw new RangeError(`a status list takes at most ${MAX_LIST_BYTES} bytes`)
  for (const [index, value] of values) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= (bits.length * 8) / size)
      throw new RangeError(`status index ${index} lies outside the list`)
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** size)
      throw new RangeError(`status ${value} does not fit into ${size} bits`)
    const at = index * size
    bits[at >>> 3]! |= value << (at & 7)
  }
  return deflateSync(bits, { level: 9 })
}
