/** From what became of each message to the points and states that are scored. */
import type { Judged } from "../judged.ts"

/** Messages without an alarm after which the next alarm is a new one. */
export const QUIET = 150

/** Where a new alarm begins: the first message that alarms after `quiet` or more that do not. */
export const onsetsOf = (alarming: ReadonlyArray<boolean>, quiet = QUIET): ReadonlyArray<number> => {
  const onsets: Array<number> = []
  let last = Number.NEGATIVE_INFINITY
  alarming.forEach((alarms, index) => {
    if (!alarms) return
    if (index - last > quiet) onsets.push(index)
    last = index
  })
  return onsets
}

/** As `onsetsOf`, but an alarm that goes on is counted again each `quiet` messages. */
export const repeatedOnsetsOf = (alarming: ReadonlyArray<boolean>, quiet = QUIET): ReadonlyArray<number> => {
  const onsets: Array<number> = []
  alarming.forEach((alarms, index) => {
    if (alarms && index - (onsets.at(-1) ?? Number.NEGATIVE_INFINITY) > quiet) onsets.push(index)
  })
  return onsets
}

export const isSuspect = ({ trust }: Judged): boolean => trust === "watched" || trust === "quarantined"

/** Where the device becomes suspect: trusted (or learning) before, watched or quarantined after. */
export const fallsOf = (judged: ReadonlyArray<Judged>): ReadonlyArray<number> =>
  judged.flatMap((one, index) => (isSuspect(one) && (index === 0 || !isSuspect(judged[index - 1]!)) ? [index] : []))
