/**
 * Texts that come again from message to message (names of members, units, audiences) are made once: a slot keeps the last
 * that fell upon it. Two words of one slot only cost each other the gain.
 */
import { asciiSlice } from "@assay/did"

const SLOTS = 2048
const MAX_WORD = 64
const words: Array<string> = new Array(SLOTS).fill("")
const kept = new Uint8Array(SLOTS * MAX_WORD)
const lengths = new Uint8Array(SLOTS)

/** The text of `length` bytes of ASCII from `start` on. */
export const wordOf = (bytes: Buffer, start: number, length: number): string => {
  if (length === 0) return ""
  if (length > MAX_WORD) return asciiSlice(bytes, start, start + length)
  // Four of the bytes and the length tell words apart well enough.
  const head = bytes[start]! | (bytes[start + (length >>> 1)]! << 8)
  const tail = bytes[start + length - 1]! | (bytes[start + ((length * 3) >>> 2)]! << 8)
  const slot = (Math.imul(head ^ (tail << 13) ^ (length << 5), 0x9e3779b1) >>> 21) & (SLOTS - 1)
  const from = slot * MAX_WORD
  if (lengths[slot] === length) {
    let i = 0
    while (i < length && bytes[start + i] === kept[from + i]) i++
    if (i === length) return words[slot]!
  }
  for (let i = 0; i < length; i++) kept[from + i] = bytes[start + i]!
  lengths[slot] = length
  const word = asciiSlice(bytes, start, start + length)
  words[slot] = word
  return word
}
