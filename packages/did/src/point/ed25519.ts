/**
 * Encoded points of edwards25519 (RFC 8032 section 5.1.2): 32 bytes, y little-endian, the sign of x in the top bit.
 * Node's verdict on low-order points has changed between patch releases, so nobody but us decides about them.
 */

/** y of the points whose order divides 8, little-endian: 0, 1, p-1 and the two of order 8. */
const LOW_ORDER_Y = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map((hex) => Buffer.from(hex, "hex"))

/** Whether y < p = 2^255 - 19, so that the encoding is the only one of its point. */
const isCanonical = (bytes: Uint8Array, at: number): boolean => {
  if ((bytes[at + 31]! & 0x7f) !== 0x7f) return true
  for (let i = 30; i > 0; i--) if (bytes[at + i] !== 0xff) return true
  return bytes[at]! < 0xed
}

const sameY = (bytes: Uint8Array, at: number, y: Uint8Array): boolean => {
  if (bytes[at] !== y[0] || (bytes[at + 31]! & 0x7f) !== y[31]) return false
  for (let i = 1; i < 31; i++) if (bytes[at + i] !== y[i]) return false
  return true
}

/**
 * Whether the 32 bytes at `at` may be a public key or the R of a signature: canonical and not of low order. A key of low
 * order lets one signature verify on any message. Whether the point is on the curve is left to the import of the key.
 */
export const isStrongEd25519Point = (bytes: Uint8Array, at = 0): boolean => {
  if (bytes.length < at + 32 || !isCanonical(bytes, at)) return false
  for (const y of LOW_ORDER_Y) if (sameY(bytes, at, y)) return false
  return true
}
