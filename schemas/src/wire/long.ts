/** Avro's long (zigzag, then seven bits a byte) for codecs that are packed by hand: exact for every safe integer. */

/** Writes `value` at `at`. By division, because twice a safe integer need not be one. @returns the offset behind it */
export const putLong = (to: Uint8Array, at: number, value: number): number => {
  const negative = value < 0
  let rest = negative ? -(value + 1) : value
  let byte = (rest % 64) * 2 + (negative ? 1 : 0)
  rest = Math.floor(rest / 64)
  let next = at
  while (rest > 0) {
    to[next++] = byte | 0x80
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  to[next++] = byte
  return next
}

/** @param nextByte gives the bytes in order and throws at their end. @returns null where it is no safe integer */
export const takeLong = (nextByte: () => number): number | null => {
  const first = nextByte()
  let value = (first & 0x7f) >> 1
  let scale = 64
  for (let byte = first; byte >= 0x80; scale *= 128) {
    byte = nextByte()
    value += (byte & 0x7f) * scale
  }
  if (!Number.isSafeInteger(value)) return null
  return (first & 1) === 1 ? -value - 1 : value
}
