/** Half-precision floats (IEEE 754 binary16), which JavaScript has no view for, and which float is the shortest. */

const view = new DataView(new ArrayBuffer(8))

/** @param bits 16 */
export const halfToNumber = (bits: number): number => {
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  const magnitude =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (fraction + 1024) * 2 ** (exponent - 25)
  return bits & 0x8000 ? -magnitude : magnitude
}

/** The half that is exactly this number, or null. @param value a finite number that a single holds exactly */
export const halfOf = (value: number): number | null => {
  view.setFloat32(0, value)
  const bits = view.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 0xff
  const fraction = bits & 0x7fffff
  if (exponent === 0) return fraction === 0 ? sign : null
  const unbiased = exponent - 127
  if (unbiased > 15 || unbiased < -24) return null
  // Below 2^-14 a half has no implicit bit: the fraction is shifted to the right by as much as the exponent is too low.
  const dropped = unbiased >= -14 ? 13 : -1 - unbiased
  const significand = unbiased >= -14 ? fraction : fraction | 0x800000
  if ((significand & ((1 << dropped) - 1)) !== 0) return null
  return sign | (unbiased >= -14 ? (unbiased + 15) << 10 : 0) | (significand >>> dropped)
}

/** Bytes of the shortest float that is exactly this number: 2, 4 or 8. */
export const floatSize = (value: number): 2 | 4 | 8 => {
  if (Math.fround(value) !== value) return 8
  return halfOf(value) === null ? 4 : 2
}
