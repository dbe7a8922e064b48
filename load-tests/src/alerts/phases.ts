/** Which minutes of the tape an alert gets, by what was seen before, during and after its cause. */
import type { Cause } from "./cause.ts"
import type { Phase, Snapshot } from "./tape.ts"

const BEFORE_M = 30
const GROWING_M = 10
const LASTING_M = 20
const AFTER_M = 60

/** What was seen. */
export interface Seen {
  /** When the run began. */
  readonly first: Snapshot
  readonly before: Snapshot
  readonly during: ReadonlyArray<Snapshot>
  readonly after: Snapshot
  /** A moment after `after`. */
  readonly later: Snapshot
}

interface Laid {
  readonly quiet: Phase
  readonly caused: ReadonlyArray<Phase>
  readonly mended: Phase
}

type Asked = Pick<Cause, "spans" | "goesOn">

const causedOf = (
  { goesOn, spans }: Asked,
  alert: string,
  { before, during }: Pick<Seen, "before" | "during">,
): ReadonlyArray<Phase> => {
  const { growing = GROWING_M, lasting: minutes = LASTING_M } = spans?.[alert] ?? {}
  const [start, ...more] = during
  const last = during.at(-1)!
  const comes: Phase = { minutes: growing, from: before, to: start! }
  // What grows on has other values than what was seen last: a counter that fell would count as one that began anew.
  if (goesOn)
    return more.length === 0
      ? [{ ...comes, goesOn }]
      : [comes, { minutes, from: start!, to: last, goesOn, moments: [start!, last] }]
  const stays = during.map(
    (from): Phase => ({ minutes, from, ...(from === last ? {} : { moments: [from, last] as const }) }),
  )
  return [comes, ...stays]
}

export const phasesOf = (cause: Asked, alert: string, seen: Seen): Laid => {
  const spans = cause.spans?.[alert] ?? {}
  const { first, before, after, later } = seen
  return {
    // Yesterday's rate is that of this run so far, stretched over the day.
    quiet:
      spans.before === undefined
        ? { minutes: BEFORE_M, from: before }
        : { minutes: spans.before, from: first, to: before },
    caused: causedOf(cause, alert, seen),
    mended: {
      ...{ minutes: spans.after ?? AFTER_M, from: after },
      ...(spans.paced === true ? { to: later, goesOn: true } : {}),
    },
  }
}
