/**
 * The entries of status lists, and those of a W3C Bitstring Status List. An entry of a Token Status List: `token-list.ts`.
 *
 * W3C Bitstring Status List 1.0 (REC 2025-05-15): one bit per credential, most significant bit of the first byte first,
 * GZIP, then multibase `u` (base64url without padding). Compressed and inflated sizes are capped before any allocation.
 */
import { gunzipSync, gzipSync } from "node:zlib"
import { decodeBase64url, encodeBase64url } from "@assay/did"
import type { StatusList, StatusListItem } from "@assay/trust"

/** Section 6.1 asks for herd privacy: no list is shorter than this. */
export const MIN_ENTRIES = 131_072
/** 33 million entries. */
export const MAX_LIST_BYTES = 4 * 1024 * 1024
/** Characters of an encoded list; an incompressible list of MAX_LIST_BYTES still fits. */
export const MAX_ENCODED_LENGTH = 6 * 1024 * 1024

/** The list behind an `encodedList`, or null where it is not strictly one, too short or too large. Costs its inflation. */
export const decodeStatusList = (encodedList: string): StatusList | null => {
  if (encodedList.length > MAX_ENCODED_LENGTH || !encodedList.startsWith("u")) return null
  const compressed = decodeBase64url(encodedList.slice(1))
  if (compressed === null) return null
  try {
    const bits = gunzipSync(compressed, { maxOutputLength: MAX_LIST_BYTES })
    return bits.length * 8 < MIN_ENTRIES ? null : { bits, length: bits.length * 8, size: 1, order: "most" }
  } catch {
    return null
  }
}

/** The value of an entry, or null where the index lies outside the list (which a verifier must treat as an error). */
export const statusAt = ({ bits, length, size, order }: StatusList, index: number): number | null => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= length) return null
  const at = index * size // at most 2^28: a list has MAX_LIST_BYTES
  const shift = order === "most" ? 8 - size - (at & 7) : at & 7
  return (bits[at >>> 3]! >>> shift) & ((1 << size) - 1)
}

/**
 * Encodes a list in which the entries named by `set` are 1.
 * @param entries rounded up to whole bytes, and to MIN_ENTRIES
 * @throws RangeError where an index lies outside the list or the list would be too large to be read again
 */
export const encodeStatusList = (entries: number, set: Iterable<number>): string => {
  const bits = new Uint8Array(Math.ceil(Math.max(entries, MIN_ENTRIES) / 8))
  if (bits.length > MAX_LIST_BYTES) throw new RangeError(`a status list holds at most ${MAX_LIST_BYTES * 8} entries`)
  for (const index of set) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= bits.length * 8)
      throw new RangeError(`status index ${index} lies outside the list`)
    bits[index >>> 3]! |= 0x80 >>> (index & 7)
  }
  // The time stamp in the gzip header is 0 in Node, so equal lists encode equally on one version of zlib.
  return `u${encodeBase64url(gzipSync(bits))}`
}

const decoded = new WeakMap<StatusListItem, StatusList | { readonly unreadable: true }>()

/** The decoded list of a bundle's item, inflated once for as long as the item lives; null where it cannot be read. */
export const listOf = (item: StatusListItem): StatusList | null => {
  let list = decoded.get(item)
  if (list === undefined) {
    list = decodeStatusList(item.encodedList) ?? { unreadable: true }
    decoded.set(item, list)
  }
  return "unreadable" in list ? null : list
}
