/**
 * The score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015, "Evaluating Real-Time Anomaly Detection Algorithms",
 * section III; `nab/sweeper.py`). Detections within the probation at the start of a series do not count. Of a window the
 * earliest detection counts, the more the earlier; each detection outside of windows costs, the less the closer it
 * follows one. A detector that says nothing gets 0, one that says each window's first row and nothing else 100.
 */
import type { Window } from "../data/series.ts"

export interface Weights {
  readonly truePositive: number
  readonly falsePositive: number
  readonly falseNegative: number
}

/** The profiles of the benchmark (`config/profiles.json`). */
export const PROFILES = {
  standard: { truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  lowFalsePositive: { truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  lowFalseNegative: { truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
} as const satisfies Record<string, Weights>
export type Profile = keyof typeof PROFILES

const PROBATION_SHARE = 0.15
/** Of a series of 5,000 rows and more. */
const LONGEST_PROBATION = 750

/** Rows at the start of a series that are not scored. */
export const probationOf = (rows: number): number => Math.min(Math.floor(PROBATION_SHARE * rows), LONGEST_PROBATION)

/** From 1 far before to -1 far after; 0 at the right edge of a window. */
const scaled = (position: number): number => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1)

const FIRST = scaled(-1)

export interface Labelled {
  readonly rows: number
  readonly windows: ReadonlyArray<Window>
  /** Indexes of rows, ascending. */
  readonly detections: ReadonlyArray<number>
}

/** What a series adds to the sum over all: between -falseNegative and truePositive for each window, less for what is false. */
export const rawScore = ({ rows, windows, detections }: Labelled, weights: Weights): number => {
  const counted = detections.filter((index) => index >= probationOf(rows))
  let score = 0
  for (const { from, to } of windows) {
    const hit = counted.find((index) => index >= from && index <= to)
    score +=
      hit === undefined
        ? -weights.falseNegative
        : (weights.truePositive * scaled(-(to - hit + 1) / (to - from + 1))) / FIRST
  }
  for (const index of counted) {
    if (windows.some(({ from, to }) => index >= from && index <= to)) continue
    const before = windows.findLast(({ to }) => to < index)
    // A window of one row has no width to measure with: what follows it is far away.
    const position = before === undefined ? 4 : (index - before.to) / (before.to - before.from)
    score += weights.falsePositive * scaled(position)
  }
  return score
}

/** 100 for the perfect detector, 0 for the silent one; null where there is no window to score by. */
export const nabScore = (all: ReadonlyArray<Labelled>, weights: Weights = PROFILES.standard): number | null => {
  const windows = all.reduce((sum, one) => sum + one.windows.length, 0)
  if (windows === 0) return null
  const nothing = -weights.falseNegative * windows
  const perfect = weights.truePositive * windows
  const score = all.reduce((sum, one) => sum + rawScore(one, weights), 0)
  return (100 * (score - nothing)) / (perfect - nothing)
}
