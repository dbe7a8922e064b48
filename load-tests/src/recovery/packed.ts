/**
 * Records of one partition in one buffer, which a thread hands over without a copy: `u32le key bytes, u32le value bytes, key, value`,
 * one after the other.
 */
import type { NewRecord } from "@assay/log"

export const pack = (records: ReadonlyArray<NewRecord>): ArrayBuffer => {
  const bytes = records.reduce((sum, { key, value }) => sum + 8 + key.length + value.length, 0)
  const packed = new ArrayBuffer(bytes)
  const [view, into] = [new DataView(packed), new Uint8Array(packed)]
  let at = 0
  for (const { key, value } of records) {
    view.setUint32(at, key.length, true)
    view.setUint32(at + 4, value.length, true)
    into.set(key, at + 8)
    into.set(value, at + 8 + key.length)
    at += 8 + key.length + value.length
  }
  return packed
}

export const unpack = (packed: ArrayBuffer): Array<NewRecord> => {
  const [view, from] = [new DataView(packed), new Uint8Array(packed)]
  const records: Array<NewRecord> = []
  for (let at = 0; at < packed.byteLength; ) {
    const key = at + 8
    const value = key + view.getUint32(at, true)
    const end = value + view.getUint32(at + 4, true)
    records.push({ key: from.subarray(key, value), value: from.subarray(value, end) })
    at = end
  }
  return records
}
