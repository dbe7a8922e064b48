/**
 * What the stage remembers of a device: which forbidden zones it tried lately, and how far it has run ahead of the rate
 * of its conduits; and, of an admitted device, which of its flows were carried. All lists are bounded. Ids and not indexes,
 * because a state outlives the policy that it was made under.
 */
import { type DraftOf, list, recordLayout, type StateOf, safe, text, u32 } from "@assay/layout"
import { type CompiledConduit, LIMITS } from "@assay/segmentation"

/** Flows of a device that are remembered. */
export const MAX_PASSED = 8

/** Ids are of at most LIMITS.id characters. */
const id = text(3 * LIMITS.id)

const FIELDS = {
  denied: list(
    {
      /** A zone's id, or UNKNOWN_ZONE. */
      zone: id,
      /** Milliseconds since 1970: the last try plus the policy's window at that time, by the log and by its signed time. */
      until: safe(),
      signed: safe(),
    },
    LIMITS.lateralZones,
  ),
  rates: list(
    {
      conduit: id,
      /** Microseconds since 1970: the time at which the device would be now, had it kept exactly to the rate; by the log. */
      paidUntil: safe(),
      /** The same by the signed times of its messages, and the latest of these. */
      signedUntil: safe(),
      signed: safe(),
    },
    LIMITS.ratedConduits,
  ),
  /** Flows of an admitted device that a policy carried, the newest last (`changed-policy.ts`). */
  passed: list({ flow: u32(), version: u32() }, MAX_PASSED),
} as const

export const LAYOUT = recordLayout({ name: "state of segmentation-enforcer", version: 4, fields: FIELDS })

export type SegmentationState = StateOf<typeof LAYOUT>
type SegmentationDraft = DraftOf<typeof FIELDS>

/** Stands for every audience outside all zones: inventing audiences is one target, not many. Never a zone's id. */
export const UNKNOWN_ZONE = "?"

/**
 * A state is forgotten this long after it last meant something. Not at once: a device that speaks every few seconds
 * over a rated conduit would else be forgotten and remembered again, and each of it is a write.
 */
export const FORGET_AFTER_MS = 3_600_000

/** The two times of a message, in milliseconds since 1970. */
export interface Times {
  /** By the log. */
  readonly time: number
  /** As its device signed it. */
  readonly signed: number
}

/**
 * How many distinct forbidden zones the device tried within the window, by both times: a carrier that lets go at once what
 * was tried over months makes no sweep of it, and neither does a clock that stands still.
 */
export const deniedZones = (state: SegmentationState, { time, signed }: Times): number => {
  let count = 0
  for (const tried of state.denied) if (tried.until > time && tried.signed > signed) count++
  return count
}

/** The state after a try at a forbidden zone. Where the list is full, the oldest try makes room. */
export const rememberDenied = (
  state: SegmentationState | undefined,
  zone: string,
  { time, signed }: Times,
  windowMs: number,
): SegmentationState => {
  const draft = LAYOUT.draft(state)
  const { denied } = draft
  for (let i = denied.length - 1; i >= 0; i--) {
    const tried = denied.at(i)
    if (tried.until <= time || tried.zone === zone) denied.remove(i)
  }
  if (denied.length === LIMITS.lateralZones) denied.remove(0)
  Object.assign(denied.push(), { zone, until: time + windowMs, signed: signed + windowMs })
  return LAYOUT.seal(draft)
}

/**
 * Charges one message to a rated conduit (the generic cell rate algorithm: a token bucket of one minute's messages,
 * kept as a single time), once by the log's time and once by the signed one: whichever lets more pass counts, so that what
 * a carrier held back and a clock that stands still are both carried. Nothing is charged for a message that a later one
 * overtook: a carrier may have done that, and credential-checker bounds how many there can be. Integers only, so that a
 * replay finds the same.
 * @returns the new state, or null where the device has used up its rate; nothing is charged then
 */
export const chargeRate = (
  state: SegmentationState | undefined,
  conduit: CompiledConduit,
  { time, signed }: Times,
): SegmentationState | null => {
  const draft = LAYOUT.draft(state)
  const { rates } = draft
  const own = indexOf(rates, conduit.id)
  // A device on more rated conduits than are kept takes over the smallest debt of another: hopping must not pay off.
  const place = own < 0 && rates.length === LIMITS.ratedConduits ? leastDebt(rates) : own
  const before = place < 0 ? NOTHING_PAID : rates.at(place)
  if (own >= 0 && signed < before.signed) return LAYOUT.seal(draft)
  const paid = Math.max(time * 1_000, before.paidUntil)
  const paidBySigned = Math.max(signed * 1_000, before.signedUntil)
  if (paid - time * 1_000 > conduit.burstUs && paidBySigned - signed * 1_000 > conduit.burstUs) {
    LAYOUT.discard(draft)
    return null
  }
  const rate = place < 0 ? rates.push() : rates.at(place)
  if (own < 0) rate.conduit = conduit.id
  rate.paidUntil = capped(paid, time, conduit)
  rate.signedUntil = capped(paidBySigned, signed, conduit)
  rate.signed = signed
  return LAYOUT.seal(draft)
}

const NOTHING_PAID = { paidUntil: 0, signedUntil: 0, signed: 0 }

/** A bucket that let the other one decide is empty, and owes no more than that. */
const capped = (paid: number, at: number, { intervalUs, burstUs }: CompiledConduit): number =>
  Math.min(paid, at * 1_000 + burstUs) + intervalUs

const indexOf = (rates: SegmentationDraft["rates"], conduit: string): number => {
  for (let i = 0; i < rates.length; i++) if (rates.at(i).conduit === conduit) return i
  return -1
}

const leastDebt = (rates: SegmentationDraft["rates"]): number => {
  let least = 0
  for (let i = 1; i < rates.length; i++) if (rates.at(i).paidUntil < rates.at(least).paidUntil) least = i
  return least
}

/**
 * When the state may be forgotten, milliseconds since 1970; undefined where flows are remembered, which stay: they tell a
 * policy that was narrowed from a device that tries what it never did.
 */
export const forgetAt = (state: SegmentationState): number | undefined => {
  if (state.passed.length > 0) return undefined
  let last = 0
  for (const { until } of state.denied) last = Math.max(last, until)
  for (const { paidUntil } of state.rates) last = Math.max(last, Math.ceil(paidUntil / 1_000))
  return last + FORGET_AFTER_MS
}
