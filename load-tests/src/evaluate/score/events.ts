/** Event scores: a window is found or not, an alarm outside of all windows is false. Nothing is adjusted point by point. */
import { type Labelled, probationOf } from "./nab.ts"

export interface Events {
  readonly windows: number
  readonly found: number
  /** Alarms outside of all windows. */
  readonly false: number
  /** Rows from a window's left edge to its first alarm, as a share of the window, of those found. */
  readonly delays: ReadonlyArray<number>
}

/** Alarms within the probation count neither way, as in the benchmark. */
export const eventsOf = ({ rows, windows, detections }: Labelled): Events => {
  const counted = detections.filter((index) => index >= probationOf(rows))
  const inside = (index: number): boolean => windows.some(({ from, to }) => index >= from && index <= to)
  const delays = windows.flatMap(({ from, to }) => {
    const hit = counted.find((index) => index >= from && index <= to)
    return hit === undefined ? [] : [(hit - from) / Math.max(1, to - from)]
  })
  return {
    windows: windows.length,
    found: delays.length,
    false: counted.filter((index) => !inside(index)).length,
    delays,
  }
}

export const sumOf = (all: ReadonlyArray<Events>): Events => ({
  windows: all.reduce((sum, one) => sum + one.windows, 0),
  found: all.reduce((sum, one) => sum + one.found, 0),
  false: all.reduce((sum, one) => sum + one.false, 0),
  delays: all.flatMap(({ delays }) => delays),
})

/** 2 TP / (2 TP + FP + FN); null where there was nothing to find and nothing was said. */
export const f1Of = (truePositives: number, falsePositives: number, falseNegatives: number): number | null => {
  const all = 2 * truePositives + falsePositives + falseNegatives
  return all === 0 ? null : (2 * truePositives) / all
}

export const eventF1 = ({ windows, found, false: wrong }: Events): number | null => f1Of(found, wrong, windows - found)
