/** base58btc, the multibase `z` of did:key. Quadratic by nature, therefore bounded. */

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
/** More than any key here needs; keeps the quadratic loop harmless. */
export const MAX_BASE58_LENGTH = 128

const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i

/** The base58btc text of `bytes`. */
export const encodeBase58 = (bytes: Uint8Array): string => {
  const digits: Array<number> = []
  for (const byte of bytes) {
    let carry = byte
    for (let i = 0; i < digits.length; i++) {
      carry += digits[i]! << 8
      digits[i] = carry % 58
      carry = (carry / 58) | 0
    }
    for (; carry > 0; carry = (carry / 58) | 0) digits.push(carry % 58)
  }
  let text = ""
  for (let i = 0; i < bytes.length && bytes[i] === 0; i++) text += "1"
  for (let i = digits.length - 1; i >= 0; i--) text += ALPHABET[digits[i]!]
  return text
}

/** Whether `text`, of any length, is made of base58btc letters only. */
export const isBase58 = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if ((VALUES[text.charCodeAt(i)] ?? -1) < 0) return false
  return true
}

/** The bytes of `text`, or null for a foreign letter or more than 128 letters. The encoding has no second form. */
export const decodeBase58 = (text: string): Uint8Array | null => {
  if (text.length > MAX_BASE58_LENGTH) return null
  // Little-endian 16-bit limbs: fewer steps than bytes, and every product fits a 32-bit integer.
  const limbs: Array<number> = []
  let zeros = 0
  while (zeros < text.length && text.charCodeAt(zeros) === 0x31) zeros++
  for (let i = zeros; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const value = code < 128 ? VALUES[code]! : -1
    if (value < 0) return null
    let carry = value
    for (let j = 0; j < limbs.length; j++) {
      carry += limbs[j]! * 58
      limbs[j] = carry & 0xffff
      carry >>>= 16
    }
    if (carry > 0) limbs.push(carry)
  }
  const top = limbs.length === 0 ? 0 : limbs[limbs.length - 1]! > 0xff ? 2 : 1
  const size = limbs.length === 0 ? 0 : (limbs.length - 1) * 2 + top
  const bytes = new Uint8Array(zeros + size)
  for (let i = 0; i < size; i++) bytes[bytes.length - 1 - i] = (limbs[i >> 1]! >> ((i & 1) * 8)) & 0xff
  return bytes
}
