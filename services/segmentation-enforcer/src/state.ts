/**
 * What the stage remembers of a device: which forbidden zones it tried lately, and how far it has run ahead of the rate
 * of its conduits. Both lists are bounded, and every entry carries the time from which it means nothing; a device that
 * does nothing forbidden and uses no rated conduit has no state at all. Ids and not indexes, because a state outlives
 * the policy that it was made under.
 */
import { type DraftOf, list, recordLayout, type StateOf, safe, text } from "@assay/layout"
import { type CompiledConduit, LIMITS } from "@assay/segmentation"

/** Ids are of at most LIMITS.id characters. */
const id = text(3 * LIMITS.id)

const FIELDS = {
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
} as const

export const LAYOUT = recordLayout({ name: "state of segmentation-enforcer", version: 3, fields: FIELDS })

export type SegmentationState = StateOf<typeof LAYOUT>
type SegmentationDraft = DraftOf<typeof FIELDS>

/** Stands for every audience outside all zones: inventing audiences is one target, not many. Never a zone's id. */
export const UNKNOWN_ZONE = "?"

/**
 * A state is forgotten this long after it last meant something. Not at once: a device that speaks every few seconds
 * over a rated conduit would else be forgotten and remembered again, and each of it is a write.
 */
export const FORGET_AFTER_MS = 3_600_000

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
  const draft = LAYOUT.draft(state)
  const { denied } = draft
  for (let i = denied.length - 1; i >= 0; i--) {
    const tried = denied.at(i)
    if (tried.until <= time || tried.zone === zone) denied.remove(i)
  }
  if (denied.length === LIMITS.lateralZones) denied.remove(0)
  Object.assign(denied.push(), { zone, until: time + windowMs })
  return LAYOUT.seal(draft)
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
  const draft = LAYOUT.draft(state)
  const { rates } = draft
  const now = time * 1_000
  const own = indexOf(rates, conduit.id)
  // A device on more rated conduits than are kept takes over the smallest debt of another: hopping must not pay off.
  const place = own < 0 && rates.length === LIMITS.ratedConduits ? leastDebt(rates) : own
  const paid = Math.max(now, place < 0 ? 0 : rates.at(place).paidUntil)
  if (paid - now > conduit.burstUs) {
    LAYOUT.discard(draft)
    return null
  }
  const rate = place < 0 ? rates.push() : rates.at(place)
  if (own < 0) rate.conduit = conduit.id
  rate.paidUntil = paid + conduit.intervalUs
  return LAYOUT.seal(draft)
}

const indexOf = (rates: SegmentationDraft["rates"], conduit: string): number => {
  for (let i = 0; i < rates.length; i++) if (rates.at(i).conduit === conduit) return i
  return -1
}

const leastDebt = (rates: SegmentationDraft["rates"]): number => {
  let least = 0
  for (let i = 1; i < rates.length; i++) if (rates.at(i).paidUntil < rates.at(least).paidUntil) least = i
  return least
}

/** When the state may be forgotten, milliseconds since 1970. */
export const forgetAt = (state: SegmentationState): number => {
  let last = 0
  for (const { until } of state.denied) last = Math.max(last, until)
  for (const { paidUntil } of state.rates) last = Math.max(last, Math.ceil(paidUntil / 1_000))
  return last + FORGET_AFTER_MS
}
