/** Scores row by row, as SKAB counts: F1, the share of good rows called bad (FAR), and of bad rows missed (MAR). */
import type { Window } from "../data/series.ts"
import { f1Of } from "./events.ts"

export interface Points {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
}

/** @param said whether each row was called anomalous */
export const pointsOf = (said: ReadonlyArray<boolean>, windows: ReadonlyArray<Window>): Points => {
  const is = new Uint8Array(said.length)
  for (const { from, to } of windows) is.fill(1, from, to + 1)
  const count = (wasSaid: boolean, wasTrue: 0 | 1): number =>
    said.reduce((sum, one, index) => sum + (one === wasSaid && is[index] === wasTrue ? 1 : 0), 0)
  return {
    truePositives: count(true, 1),
    falsePositives: count(true, 0),
    falseNegatives: count(false, 1),
    trueNegatives: count(false, 0),
  }
}

export const addPoints = (all: ReadonlyArray<Points>): Points => ({
  truePositives: all.reduce((sum, one) => sum + one.truePositives, 0),
  falsePositives: all.reduce((sum, one) => sum + one.falsePositives, 0),
  falseNegatives: all.reduce((sum, one) => sum + one.falseNegatives, 0),
  trueNegatives: all.reduce((sum, one) => sum + one.trueNegatives, 0),
})

export const pointF1 = ({ truePositives, falsePositives, falseNegatives }: Points): number | null =>
  f1Of(truePositives, falsePositives, falseNegatives)
const share = (part: number, rest: number): number | null => (part + rest === 0 ? null : part / (part + rest))
export const falseAlarmRate = ({ falsePositives, trueNegatives }: Points): number | null =>
  share(falsePositives, trueNegatives)
export const missedRate = ({ falseNegatives, truePositives }: Points): number | null =>
  share(falseNegatives, truePositives)
