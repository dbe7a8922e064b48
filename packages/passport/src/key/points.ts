/** Points that may be keys. Engines have differed about weak ones, so nobody but this file decides about them. */
import { fromHex, toHex } from "../bytes/bytes.ts"

/** Big-endian. */
const integer = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`)

/** 2^255 - 19. */
const ED_P = (1n << 255n) - 19n
/** y of two of the four points of order 8; that of the others is its negative. */
const ED_ORDER_8 = BigInt("0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7")

/** Whether the 32 bytes are a canonical encoding of y (RFC 8032 section 5.1.2), and of no point whose order divides 8. */
export const isStrongEd25519 = (bytes: Uint8Array): boolean => {
  const y = integer(bytes.toReversed()) % (1n << 255n)
  return bytes.length === 32 && y > 1n && y < ED_P - 1n && y !== ED_ORDER_8 && y !== ED_P - ED_ORDER_8
}

/** 2^256 - 2^224 + 2^192 + 2^96 - 1. */
const P = (1n << 256n) - (1n << 224n) + (1n << 192n) + (1n << 96n) - 1n
const B = BigInt("0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b")

const power = (base: bigint, exponent: bigint): bigint =>
  exponent === 0n ? 1n : (power((base * base) % P, exponent >> 1n) * (exponent & 1n ? base : 1n)) % P

/** 65 bytes `04 x y` of a compressed or uncompressed point of P-256 (SEC 1 section 2.3.4), or null where it is none. */
export const expandP256 = (bytes: Uint8Array): Uint8Array | null => {
  const [form, size] = [bytes[0]!, bytes.length]
  if (size === 65 ? form !== 4 : size !== 33 || form >> 1 !== 1) return null
  const x = integer(bytes.subarray(1, 33))
  const square = (((x * x * x - 3n * x + B) % P) + P) % P
  let y = form === 4 ? integer(bytes.subarray(33)) : power(square, (P + 1n) >> 2n)
  if (x >= P || y >= P || (y * y) % P !== square) return null
  if (form !== 4 && (y & 1n) !== BigInt(form & 1)) y = P - y
  return fromHex(`04${toHex(bytes.subarray(1, 33))}${y.toString(16).padStart(64, "0")}`)
}
