/**
 * Arithmetic of edwards25519 on BigInt (RFC 8032 section 5.1), to make keys and signatures with components of small order,
 * which no library makes. Slow, not constant in time, for tests alone.
 */
import { createHash } from "node:crypto"

const P = 2n ** 255n - 19n
/** Order of the base point. */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n

export const mod = (a: bigint, m: bigint = P): bigint => ((a % m) + m) % m
const pow = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  let b = mod(base)
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % P
    b = (b * b) % P
  }
  return result
}
const inverse = (a: bigint): bigint => pow(a, P - 2n)

const D = mod(-121665n * inverse(121666n))
const ROOT_OF_MINUS_1 = pow(2n, (P - 1n) / 4n)

/** Projective: x = X / Z, y = Y / Z. */
export type Point = readonly [bigint, bigint, bigint]
export const IDENTITY: Point = [0n, 1n, 1n]

/** The unified addition, complete on this curve. */
export const add = ([x1, y1, z1]: Point, [x2, y2, z2]: Point): Point => {
  const a = (z1 * z2) % P
  const b = (a * a) % P
  const c = (x1 * x2) % P
  const d = (y1 * y2) % P
  const e = (((D * c) % P) * d) % P
  const f = b - e
  const g = b + e
  return [mod(a * f * ((x1 + y1) * (x2 + y2) - c - d)), mod(a * g * (c + d)), mod(f * g)]
}
export const times = (scalar: bigint, point: Point): Point => {
  let result = IDENTITY
  let p = point
  for (let s = scalar; s > 0n; s >>= 1n) {
    if (s & 1n) result = add(result, p)
    p = add(p, p)
  }
  return result
}

/** The point with this y and this lowest bit of x (section 5.1.3), or null where there is none. */
export const pointAt = (y: bigint, sign: bigint): Point | null => {
  const u = mod(y * y - 1n)
  const v = mod(D * y * y + 1n)
  let x = pow(u * inverse(v), (P + 3n) / 8n)
  if (mod(v * x * x - u) !== 0n) x = (x * ROOT_OF_MINUS_1) % P
  if (mod(v * x * x - u) !== 0n) return null
  return [(x & 1n) === sign ? x : mod(-x), y, 1n]
}

export const littleEndian = (n: bigint): Buffer => Buffer.from(n.toString(16).padStart(64, "0"), "hex").reverse()
export const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`)

export const encode = ([x, y, z]: Point): Buffer => {
  const i = inverse(z)
  const bytes = littleEndian(mod(y * i))
  if (mod(x * i) & 1n) bytes[31]! |= 0x80
  return bytes
}

/** The point of an encoding that is on the curve. */
export const decode = (bytes: Uint8Array): Point => {
  const number = numberOf(bytes)
  const point = pointAt(number & (2n ** 255n - 1n), number >> 255n)
  if (point === null) throw new Error("not on the curve")
  return point
}

export const BASE = pointAt(mod(4n * inverse(5n)), 0n)!

const torsionGenerator = (): Point => {
  for (let y = 2n; ; y++) {
    const point = pointAt(y, 0n)
    const torsion = point === null ? IDENTITY : times(L, point)
    if (!encode(times(4n, torsion)).equals(encode(IDENTITY))) return torsion
  }
}
/** A point of order 8. */
export const TORSION = torsionGenerator()

export const sha512 = (...parts: ReadonlyArray<Uint8Array>): Buffer =>
  createHash("sha512").update(Buffer.concat(parts)).digest()

/** A scalar that follows from a text. */
export const scalarOf = (text: string): bigint => mod(numberOf(sha512(Buffer.from(text))), L)

export interface Made {
  readonly publicKey: Buffer
  readonly input: Buffer
  readonly signature: Buffer
  /** Whether R = [S]B - [k]A holds as it stands (RFC 8032, without the cofactor): what Assay accepts. */
  readonly holds: boolean
}

/**
 * A signature whose public key is A = aB + iT and whose R is rB + jT, with T of order 8: it satisfies the equation with the
 * cofactor for every i and j, and the equation without it exactly where j + k i is divisible by 8.
 */
export const mixedOrder = (text: string, i: number, j: number): Made => {
  const a = scalarOf(`a ${text}`)
  const r = scalarOf(`r ${text}`)
  const input = Buffer.from(text)
  const publicKey = encode(add(times(a, BASE), times(BigInt(i), TORSION)))
  const R = encode(add(times(r, BASE), times(BigInt(j), TORSION)))
  const k = mod(numberOf(sha512(R, publicKey, input)), L)
  const signature = Buffer.concat([R, littleEndian(mod(r + k * a, L))])
  return { publicKey, input, signature, holds: (BigInt(j) + k * BigInt(i)) % 8n === 0n }
}
