/**
 * What the stage remembers of a device: which forbidden zones it tried lately, and how far it has run ahead of the rate
 * of its conduits. Both lists are bounded, and every entry carries the time from which it means nothing; a device that
 * does nothing forbidden and uses no rated conduit has no state at all. Ids and not indexes, because a state outlives
 * the policy that it was made under.
 */
import { list, type StateOf, safe, text, valueLayout } from "@assay/layout"
import { type CompiledConduit, LIMITS } from "@assay/segmentation"

/** Ids are of at most LIMITS.id characters. */
const id = text(3 * LIMITS.id)

export const LAYOUT = valueLayout({
  name: "state of segmentation-enforcer",
  version: 2,
  fields: {
    denied: list(
      {
        /** A zone's id, or UNKNOWN_ZONE. */
        zone: id,
        /** Milliseconds since 1970: the last try plus the policy's window at that time. */
        until: safe(),
      },
      LIMITS.lateralZones,
    ),
    rates: list(
      {
        conduit: id,
        /** Microseconds since 1970: the time at which the device would be now, had it kept exactly to the rate. */
        paidUntil: safe(),
      },
      LIMITS.ratedConduits,
    ),
  },
})

export type SegmentationState = StateOf<typeof LAYOUT>

/** Stands for every audience outside all zones: inventing audiences is one target, not many. Never a zone's id. */
export const UNKNOWN_ZONE = "?"

/**
 * A state is forgotten this long after it last meant something. Not at once: a device that speaks every few seconds
 * over a rated conduit would else be forgotten and remembered again, and each of it is a write.
 */
export const FORGET_AFTER_MS = 3_600_000

const EMPTY: SegmentationState = { denied: [], rates: [] }

/** How many distinct forbidden zones the device tried within the window. `time` in milliseconds. */
export const deniedZones = (state: SegmentationState, time: number): number => {
  let count = 0
  for (const { until } of state.denied) if (until > time) count++
  return count
}

/** The state after a try at a forbidden zone. Where the list is full, the oldest try makes room. */
export const rememberDenied = (
  state: SegmentationState | undefined,
  zone: string,
  time: number,
  windowMs: number,
): SegmentationState => {
  const { denied, rates } = state ?? EMPTY
  const others = denied.filter((entry) => entry.until > time && entry.zone !== zone)
  const kept = others.slice(Math.max(0, others.length - (LIMITS.lateralZones - 1)))
  return { denied: [...kept, { zone, until: time + windowMs }], rates }
}

/**
 * Charges one message to a rated conduit (the generic cell rate algorithm: a token bucket of one minute's messages,
 * kept as a single time). Integers only, on the log's time, so that a replay finds the same.
 * @returns the new state, or null where the device has used up its rate; nothing is charged then
 */
export const chargeRate = (
  state: SegmentationState | undefined,
  conduit: CompiledConduit,
  time: number,
): SegmentationState | null => {
  const { denied, rates } = state ?? EMPTY
  const now = time * 1_000
  const at = rates.findIndex((rate) => rate.conduit === conduit.id)
  // A device on more rated conduits than are kept takes over the smallest debt of another: hopping must not pay off.
  const place = at >= 0 ? at : rates.length < LIMITS.ratedConduits ? -1 : leastDebt(rates)
  const paid = Math.max(now, place >= 0 ? rates[place]!.paidUntil : 0)
  if (paid - now > conduit.burstUs) return null
  const rate = { conduit: conduit.id, paidUntil: paid + conduit.intervalUs }
  if (place < 0) return { denied, rates: [...rates, rate] }
  return { denied, rates: rates.length === 1 ? [rate] : rates.with(place, rate) }
}

const leastDebt = (rates: SegmentationState["rates"]): number => {
  let least = 0
  for (let i = 1; i < rates.length; i++) if (rates[i]!.paidUntil < rates[least]!.paidUntil) least = i
  return least
}

/** When the state may be forgotten, milliseconds since 1970. */
export const forgetAt = (state: SegmentationState): number => {
  let last = 0
  for (const { until } of state.denied) last = Math.max(last, until)
  for (const { paidUntil } of state.rates) last = Math.max(last, Math.ceil(paidUntil / 1_000))
  return last + FORGET_AFTER_MS
}
