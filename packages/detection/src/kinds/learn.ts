/**
 * Which kind a measurement is of: by how often it moves, moves down and repeats itself. It begins as a constant and is
 * examined again with every move; whoever changes its kind is learned anew.
 */
import { type Baseline, RUN_MAX, type Sample } from "../baseline.ts"
import type { Kind } from "../kind-names.ts"

/** Moves before a kind is named, and the part of them that may go down where it is a counter. */
const COUNTER_MOVES = 32
const BACKS = 1 / 16
/** Moves, and samples, before a measurement that mostly rests is tried as a state; later it has too much to lose. */
const STATE_MOVES = 4
const STATE_SAMPLES = 32
const STATE_LATEST = 128
/** Repeats for each move of a state: it rests. */
const RESTS = 3
/** Repeats of one run that count: a long rest says no more than a short one. */
const RUN_COUNTS = 16

/** Counts what this sample says of the kind, in place. A run counts when it has ended, so that none excuses itself. */
export const count = (of: Baseline, { step, ended }: Sample): void => {
  if (step === 0) return
  let moves = of.moves + 1
  let backs = of.backs + (step < 0 ? 1 : 0)
  let repeats = of.repeats + Math.min(ended, RUN_COUNTS)
  if (moves + repeats > RUN_MAX) {
    moves >>= 1
    // One stays one: what has ever gone down is no counter later.
    backs = (backs + 1) >> 1
    repeats >>= 1
  }
  of.moves = moves
  of.backs = backs
  of.repeats = repeats
}

/** The part of the samples that repeated the one before, 0..1; a quarter of eight samples before any was seen. */
export const shareOfRepeats = ({ moves, repeats }: Pick<Baseline, "moves" | "repeats">): number =>
  (repeats + 2) / (moves + repeats + 8)

/** What it is by what was counted; a state that has no room for its values says so itself (see state.ts). */
export const kindOf = ({ kind, samples, moves, backs, repeats }: Baseline): Kind => {
  const isCounter = moves >= COUNTER_MOVES && backs === 0
  const isStill =
    samples < STATE_LATEST && moves >= STATE_MOVES && repeats >= RESTS * moves && moves + repeats >= STATE_SAMPLES
  switch (kind) {
    case "constant":
      return moves === 0 ? "constant" : repeats >= RUN_COUNTS ? "state" : "gauge"
    case "counter":
      return moves >= COUNTER_MOVES / 2 && backs > moves * BACKS ? "gauge" : "counter"
    case "gauge":
      return isCounter ? "counter" : isStill ? "state" : "gauge"
    case "coarse":
      return isCounter ? "counter" : moves >= COUNTER_MOVES && repeats * 4 < moves ? "gauge" : "coarse"
    case "state":
      return "state"
  }
}

/** Begins to learn a kind, from this sample on, in place. What was counted stays. */
export const become = (of: Baseline, kind: Kind, { offset, step }: Sample): void => {
  const { low, high } = of
  const wasState = of.kind === "state"
  const isGauge = kind === "gauge" || kind === "coarse"
  const before = offset - step
  of.kind = kind
  // Of a state the range is known, and nothing else.
  of.samples = wasState ? Math.max(2, Math.min(of.samples, 48)) : 2
  of.born = of.at
  of.level = isGauge ? offset : 0
  of.short = isGauge ? offset : 0
  of.middle = isGauge ? offset : 0
  of.jitter = 0
  of.noise = isGauge ? Math.abs(step) : 0
  of.low = kind === "counter" ? 0 : Math.min(before, offset)
  of.high = kind === "counter" ? 0 : Math.max(before, offset)
  if (wasState) {
    of.low = Math.min(low, of.low)
    of.high = Math.max(high, of.high)
  }
  of.away = 0
  of.table.clear()
}
