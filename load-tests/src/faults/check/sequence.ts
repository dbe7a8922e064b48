/** Entries on their way keep the order of `submitted`, and each is there once. */
import type { Findings } from "./result.ts"

export interface Seen {
  /** The origin's offset on `submitted`. */
  readonly origin: number
  /** Where the record itself stands. */
  readonly offset: number
}

/**
 * Tells each record that is there a second time, and each that stands behind a later one.
 * @returns the origins that are there
 */
export const checkSequence = (
  stream: string,
  partition: number,
  seen: Iterable<Seen>,
  findings: Findings,
): Set<number> => {
  const found = new Set<number>()
  let last = -1
  for (const { origin, offset } of seen) {
    findings.examined++
    const place = `${stream} ${partition}/${offset} (origin ${partition}/${origin})`
    if (found.has(origin)) findings.add(`${place} is there a second time: duplicated`)
    else if (origin < last) findings.add(`${place} stands behind origin ${partition}/${last}: reordered`)
    found.add(origin)
    last = Math.max(last, origin)
  }
  return found
}

/** Tells what is missing from `found`, and what has no business there. */
export const checkSame = (
  stream: string,
  partition: number,
  found: ReadonlySet<number>,
  expected: ReadonlySet<number>,
  findings: Findings,
): void => {
  for (const origin of expected)
    if (!found.has(origin)) findings.add(`${stream}: origin ${partition}/${origin} is not there: lost`)
  for (const origin of found)
    if (!expected.has(origin)) findings.add(`${stream}: origin ${partition}/${origin} has no business there: invented`)
}
