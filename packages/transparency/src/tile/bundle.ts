/**
 * Entry bundles (C2SP tlog-tiles): up to 256 entries, each as uint16 length (big-endian), then its bytes.
 */
import { TILE_WIDTH } from "./path.ts"

export const MAX_ENTRY_BYTES = 65_535

/** @throws RangeError for an entry that is too long. */
export const encodeEntries = (entries: ReadonlyArray<Uint8Array>): Uint8Array => {
  let length = 0
  for (const entry of entries) length += 2 + entry.length
  const out = Buffer.allocUnsafe(length)
  let at = 0
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES)
      throw new RangeError(`an entry has ${entry.length} bytes, more than ${MAX_ENTRY_BYTES}`)
    at = out.writeUInt16BE(entry.length, at)
    out.set(entry, at)
    at += entry.length
  }
  return out
}

/** The entries as views into `bundle`; null where the bytes are not whole entries, or more than a tile may hold. */
export const decodeEntries = (bundle: Uint8Array): Array<Uint8Array> | null => {
  const entries: Array<Uint8Array> = []
  let at = 0
  while (at < bundle.length) {
    if (at + 2 > bundle.length || entries.length === TILE_WIDTH) return null
    const end = at + 2 + ((bundle[at]! << 8) | bundle[at + 1]!)
    if (end > bundle.length) return null
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}
