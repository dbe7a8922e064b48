/** Points of P-256 in SEC 1 form. Assay keeps the compressed form: 33 bytes, `02` or `03`, then x. */
import { ECDH } from "node:crypto"

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

const integer = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`)

/** Whether 32-byte big-endian coordinates name a point of the curve, both below the prime. */
export const isOnP256 = (x: Uint8Array, y: Uint8Array): boolean => {
  if (x.length !== 32 || y.length !== 32) return false
  const [a, b] = [integer(x), integer(y)]
  return a < P && b < P && (b * b - (a * a * a - 3n * a + B)) % P === 0n
}

/** The compressed form of a point on the curve, or null where the coordinates are on none. */
export const compressP256 = (x: Uint8Array, y: Uint8Array): Uint8Array | null => {
  if (!isOnP256(x, y)) return null
  const point = new Uint8Array(33)
  point[0] = 2 + (y[31]! & 1)
  point.set(x, 1)
  return point
}

/**
 * The compressed form of SEC 1 bytes, compressed (33) or uncompressed (65), or null. Full for the uncompressed form;
 * for the compressed one this checks only form and range, because a square root for each message's key would cost more
 * than its signature: the import of the key finds the root and refuses an x that has none.
 */
export const decodeP256 = (bytes: Uint8Array): Uint8Array | null => {
  if (bytes.length === 65 && bytes[0] === 4) return compressP256(bytes.subarray(1, 33), bytes.subarray(33))
  if (bytes.length !== 33 || (bytes[0] !== 2 && bytes[0] !== 3)) return null
  return isBelowPrime(bytes) ? bytes : null
}

/** Cheap test of x < p: p starts with ffffffff 00000001, so almost every x is decided by its first word. */
const isBelowPrime = (point: Uint8Array): boolean => {
  for (let i = 1; i <= 4; i++) if (point[i] !== 0xff) return true
  return integer(point.subarray(1)) < P
}

/** x and y of a compressed point, or null where x is on no point. */
export const expandP256 = (point: Uint8Array): { readonly x: Uint8Array; readonly y: Uint8Array } | null => {
  try {
    const full = ECDH.convertKey(point, "prime256v1", undefined, undefined, "uncompressed") as Buffer
    return { x: full.subarray(1, 33), y: full.subarray(33) }
  } catch {
    return null
  }
}
