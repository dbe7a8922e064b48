/** CRC-32C (Castagnoli), the checksum of a record batch; eight bytes a step, since Node has only the other CRC-32. */
const POLYNOMIAL = 0x82f63b78

const TABLES = (() => {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256))
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[0]![n] = crc
  }
  for (let n = 0; n < 256; n++) {
    for (let step = 1; step < 8; step++) {
      const before = tables[step - 1]![n]!
      tables[step]![n] = (before >>> 8) ^ tables[0]![before & 255]!
    }
  }
  return tables as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]
})()
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES

/** @returns the checksum of `bytes[from, to)` as an unsigned 32-bit number */
export const crc32c = (bytes: Uint8Array, from = 0, to = bytes.length): number => {
  let crc = -1
  let at = from
  for (; at + 8 <= to; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      T7[crc & 255]! ^
      T6[(crc >>> 8) & 255]! ^
      T5[(crc >>> 16) & 255]! ^
      T4[crc >>> 24]! ^
      T3[bytes[at + 4]!]! ^
      T2[bytes[at + 5]!]! ^
      T1[bytes[at + 6]!]! ^
      T0[bytes[at + 7]!]!
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]!) & 255]!
  return (crc ^ -1) >>> 0
}
