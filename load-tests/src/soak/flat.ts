/** Whether something stays as it is: its last third beside its second, by the median; the first third is for warming up. */

export interface Flat {
  readonly earlier: number
  readonly later: number
  readonly holds: boolean
}

export const medianOf = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length === 0 ? 0 : sorted[(sorted.length - 1) >> 1]!
}

/**
 * @param values in the order of time
 * @param borne the share by which it may have grown, and beside it a number that is noise whatever the share
 */
export const flatOf = (
  values: ReadonlyArray<number>,
  borne: { readonly share: number; readonly noise: number },
): Flat => {
  const third = Math.floor(values.length / 3)
  const earlier = medianOf(values.slice(third, 2 * third))
  const later = medianOf(values.slice(2 * third))
  // Too few to say anything: that is no proof that it stays.
  return { earlier, later, holds: third >= 2 && later <= earlier * (1 + borne.share) + borne.noise }
}
