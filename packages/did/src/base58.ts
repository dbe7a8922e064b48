/** base58btc, the multibase `z` of did:key. Quadratic by nature, therefore bounded. */

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
/** More than any key here needs; keeps the quadratic loop harmless. */
export const MAX_BASE58_LENGTH = 128

const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i

/** Five letters at once: times 2^16 it stays a whole number of a double. */
const LIMB = 58 ** 5

/** The five letters of a limb. */
const lettersOf = (limb: number): string => {
  let rest = limb
  let letters = ""
  for (let i = 0; i < 5; i++) {
    letters = ALPHABET[rest % 58]! + letters
    rest = Math.floor(rest / 58)
  }
  return letters
}

/** The base58btc text of `bytes`. */
export const encodeBase58 = (bytes: Uint8Array): string => {
  // Little-endian limbs of five letters, fed by two bytes at a time.
  const limbs: Array<number> = []
  let zeros = 0
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++
  for (let at = 0; at < bytes.length; ) {
    const isPair = (bytes.length - at) % 2 === 0
    let carry = isPair ? bytes[at]! * 256 + bytes[at + 1]! : bytes[at]!
    const factor = isPair ? 65_536 : 256
    at += isPair ? 2 : 1
    for (let i = 0; i < limbs.length; i++) {
      const value = limbs[i]! * factor + carry
      carry = Math.floor(value / LIMB)
      limbs[i] = value - carry * LIMB
    }
    if (carry > 0) limbs.push(carry)
  }
  let text = ""
  for (const limb of limbs) text = lettersOf(limb) + text
  // The first limb is padded with the digit 0, which is the letter 1.
  let pad = 0
  while (pad < text.length && text.charCodeAt(pad) === 0x31) pad++
  return "1".repeat(zeros) + text.slice(pad)
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
