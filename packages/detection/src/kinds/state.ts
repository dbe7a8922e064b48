/**
 * A measurement with a few values that it comes back to: a door, a valve, a mode. Judged by values, and steps from one to
 * another, that were never seen. Each is reported once, and only when none was new for a while. In a state the table holds each value
 * and a set of bits, which values followed it; `middle` and `jitter` count moves since a value, and a step, was new; `short` is
 * the place of the latest value.
 */
import type { Baseline, Sample } from "../baseline.ts"
import { detector } from "../detector.ts"

/** Values of one state; a measurement with more of them is no state. */
export const VALUES_MAX = 12
/** Moves without anything new after which a new value, or step, is news. */
const SETTLED_VALUES = 16
const SETTLED_STEPS = 32

/** Where a value stands in the table, or -1. */
const placeOf = ({ table }: Pick<Baseline, "table">, offset: number): number => {
  const wanted = Math.fround(offset)
  for (let place = 0; 2 * place < table.length; place++) if (table.at(2 * place) === wanted) return place
  return -1
}

const follows = ({ table }: Pick<Baseline, "table">, from: number, to: number): boolean =>
  (table.at(2 * from + 1) & (1 << to)) !== 0

export const newState = detector({
  name: "new-state",
  reason: "anomaly.new_state",
  family: "value",
  gain: 0.3,
  needs: "readings",
  kinds: ["state"],
  fields: {},
  observe(of, { step, offset, range }) {
    if (step === 0) return 0
    const place = placeOf(of, offset)
    if (place >= 0) return of.jitter >= SETTLED_STEPS && !follows(of, of.short, place) ? Number.POSITIVE_INFINITY : 0
    const isFar = offset > of.high + range || offset < of.low - range
    return isFar || of.middle >= SETTLED_VALUES ? Number.POSITIVE_INFINITY : 0
  },
})

/** Begins with the value before this sample, in place; its own is learned as any other. */
export const startState = (of: Baseline, { offset, step }: Sample): void => {
  of.table.push(offset - step)
  of.table.push(0)
  of.short = 0
}

/** Learns a sample, in place. @returns whether there is room for its value */
export const learnState = (of: Baseline, { step, offset }: Sample): boolean => {
  const { table } = of
  if (step === 0 && table.length > 0) return true
  let place = placeOf(of, offset)
  of.middle = Math.min(255, of.middle + 1)
  of.jitter = Math.min(255, of.jitter + 1)
  if (place < 0) {
    place = table.length / 2
    if (place >= VALUES_MAX) return false
    table.push(offset)
    table.push(0)
    of.low = Math.min(of.low, offset)
    of.high = Math.max(of.high, offset)
    of.middle = 0
  }
  const isFirst = table.length === 2
  if (!isFirst && !follows(of, of.short, place)) {
    table.set(2 * of.short + 1, table.at(2 * of.short + 1) | (1 << place))
    of.jitter = 0
  }
  of.short = place
  return true
}
