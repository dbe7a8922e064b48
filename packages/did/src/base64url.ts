/** base64url without padding (RFC 4648 section 5), canonical only: one byte string has exactly one text. */
import { asciiSlice } from "./native.ts"

/** The text of `bytes`, without padding. */
export const encodeBase64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url")

/**
 * The bytes of `text`, or null where it is not canonical: padding, whitespace, a foreign letter, an impossible length
 * or leftover bits that are not zero. Decoding is lenient underneath, so re-encoding must give the same text.
 */
export const decodeBase64url = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, "base64url")
  return bytes.toString("base64url") === text ? bytes : null
}

/** What a letter stands for; 64 for every other byte. */
const SIX_BITS = new Uint8Array(256).fill(64)
for (const [index, letter] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries())
  SIX_BITS[letter.charCodeAt(0)] = index

/** Up to here a loop over the letters beats the call into native code. */
const SHORT = 160
const PLUS = 0x2b
const SLASH = 0x2f

/** What `decodeBase64url` says of the text that stands in `from`, one letter to a byte, from `start` to before `end`. */
export const decodeBase64urlIn = (from: Buffer, start: number, end: number): Buffer | null => {
  const length = end - start
  const rest = length & 3
  if (rest === 1) return null
  // The bits of the last letter that belong to no byte.
  const left = rest === 2 ? 15 : rest === 3 ? 3 : 0
  if ((SIX_BITS[from[end - 1]!]! & left) !== 0) return null
  const size = (length >> 2) * 3 + (rest === 0 ? 0 : rest - 1)
  return length <= SHORT ? decodeShort(from, start, end, size) : decodeLong(from, start, end, size)
}

const decodeShort = (from: Buffer, start: number, end: number, size: number): Buffer | null => {
  const to = Buffer.allocUnsafe(size)
  let seen = 0
  let at = 0
  for (let i = start; i < end; i += 4) {
    const a = SIX_BITS[from[i]!]!
    const b = SIX_BITS[from[i + 1]!]!
    const c = i + 2 < end ? SIX_BITS[from[i + 2]!]! : 0
    const d = i + 3 < end ? SIX_BITS[from[i + 3]!]! : 0
    seen |= a | b | c | d
    to[at] = (a << 2) | (b >> 4)
    if (at + 1 < size) to[at + 1] = (b << 4) | (c >> 2)
    if (at + 2 < size) to[at + 2] = (c << 6) | d
    at += 3
  }
  return seen < 64 ? to : null
}

/** Native decoding leaves out what is no letter, and so gives fewer bytes; beside the letters it takes those of base64. */
const decodeLong = (from: Buffer, start: number, end: number, size: number): Buffer | null => {
  const bytes = Buffer.from(asciiSlice(from, start, end), "base64url")
  if (bytes.length !== size) return null
  const plus = from.indexOf(PLUS, start)
  const slash = from.indexOf(SLASH, start)
  return (plus < 0 || plus >= end) && (slash < 0 || slash >= end) ? bytes : null
}
