/**
 * ECDSA signatures as DER (RFC 3279 section 2.2.3): OpenSSL takes no other form, and Node's conversion of the raw form that
 * JOSE has (RFC 7518 section 3.4) costs some 30 us more than this one, its check of the options included.
 */

const SEQUENCE = 0x30
const INTEGER = 0x02
/** Bytes of r and of s. */
const HALF = 32

/** Where the shortest spelling of the 32 bytes at `at` begins: no leading zeros, and one byte at least. */
const startOf = (raw: Uint8Array, at: number): number => {
  let start = at
  while (start < at + HALF - 1 && raw[start] === 0) start++
  return start
}

/** Bytes of an INTEGER's content: a first bit of 1 takes a zero before it, else the number were negative. */
const lengthOf = (raw: Uint8Array, start: number, end: number): number => end - start + (raw[start]! >> 7)

const writeInteger = (der: Uint8Array, to: number, raw: Uint8Array, start: number, end: number): number => {
  const length = lengthOf(raw, start, end)
  der[to] = INTEGER
  der[to + 1] = length
  const first = to + 2 + length - (end - start)
  for (let i = start; i < end; i++) der[first + i - start] = raw[i]!
  return to + 2 + length
}

/**
 * The DER form of a raw signature `r || s`. Any r and s are converted, also such as no signature can have: whether 0 < r, s
 * < n is checked elsewhere (`isWellFormedSignature`), and by OpenSSL.
 *
 * @param raw 64 bytes, which the caller has checked
 * @returns 8 to 72 bytes
 */
export const derOfSignature = (raw: Uint8Array): Uint8Array => {
  const r = startOf(raw, 0)
  const s = startOf(raw, HALF)
  const content = 4 + lengthOf(raw, r, HALF) + lengthOf(raw, s, 2 * HALF)
  const der = new Uint8Array(2 + content)
  der[0] = SEQUENCE
  der[1] = content
  writeInteger(der, writeInteger(der, 2, raw, r, HALF), raw, s, 2 * HALF)
  return der
}
