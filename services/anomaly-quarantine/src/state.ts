/**
 * The state of one device: the cells of @assay/detection, then the held origins:
 *
 *   header | slots | overflow, (epoch * 65536 + partition, offset) * n     n <= 32, oldest first
 *
 * The tail is absent while nothing is held. Under PARTITION_KEY stand the cells of the storm breaker.
 * 160 B of header, 88 B per measurement, 16 B per held origin, 32 B of array.
 */
import { type Cells, type Draft, newCells, SLOTS, slotAt } from "@assay/detection"
import type { Origin } from "@assay/trust"

/** Never change one that you did not copy. */
export type AnomalyState = Cells

/** Origins kept per device; older ones are only counted. Their messages stay in `telemetry.quarantined` all the same. */
export const MAX_HELD = 32
const PAIR = 2
const PARTITIONS = 65_536

/** A private copy to change, or a new one for a device never seen. */
export const draftOf = (state: AnomalyState | undefined, time: number): Draft =>
  state === undefined ? newCells(time) : state.slice()

const tailAt = (state: Cells): number => slotAt(state[SLOTS]!)

/** Remembers that this message waits in the quarantined stream, in place. */
export const hold = (state: Draft, origin: Origin): void => {
  const tail = tailAt(state)
  if (state.length === tail) state.push(0)
  state.push(origin.epoch * PARTITIONS + origin.partition, origin.offset)
  if (state.length > tail + 1 + MAX_HELD * PAIR) {
    state.splice(tail + 1, PAIR)
    state[tail] = state[tail]! + 1
  }
}

/** What is held, oldest first, and how many more were held than are kept. */
export const heldOf = (state: Cells): { readonly origins: ReadonlyArray<Origin>; readonly overflow: number } => {
  const tail = tailAt(state)
  const origins: Array<Origin> = []
  for (let at = tail + 1; at < state.length; at += PAIR) {
    const place = state[at]!
    origins.push({ epoch: Math.floor(place / PARTITIONS), partition: place % PARTITIONS, offset: state[at + 1]! })
  }
  return { origins, overflow: state[tail] ?? 0 }
}

/** Forgets what is held, in place. */
export const dropHeld = (state: Draft): void => {
  state.length = tailAt(state)
}
