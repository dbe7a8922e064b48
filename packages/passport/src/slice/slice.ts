/**
 * The policy slice: what the segmentation policy says of one zone, and how a device of that zone judges passports. The roots sign
 * it (a DSSE envelope, the knowledge kind `passport-policy`), so no key that is online can widen it. Never wider than the policy
 * that it was cut from: guardrails are taken off its conduits, and observe mode is not known here.
 */
import { type Check, count, listOf, members, nullable, oneOf, type Shape, text, wrongMember } from "../bytes/check.ts"
import { readJson } from "../bytes/json.ts"
import { ACTS, type Act, ASSURANCES, type Assurance } from "../token/passport.ts"

/** Minutes of the day, from inclusive, to exclusive; `from > to` passes midnight. */
export interface Window {
  readonly from: number
  readonly to: number
  /** From when on the place is so many minutes ahead of UTC; the first counts before it too. Seconds since 1970. */
  readonly offsets: ReadonlyArray<{ readonly from: number; readonly offset: number }>
}

/** A directed path from or to the zone. */
export interface SliceConduit {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly acts: ReadonlyArray<Act>
  /** Classes of the device that speaks; empty means every class. */
  readonly classes: ReadonlyArray<string>
  /** 0..100. */
  readonly minTrust: number | null
  readonly minAssurance: Assurance | null
  readonly ratePerMinute: number | null
  readonly window: Window | null
  /** Seconds since 1970. */
  readonly expires: number | null
}

/** How a device judges. Seconds; by act where named `PerAct`. */
export interface SliceLimits {
  /** The longest life of a passport that is believed. */
  readonly passport: number
  /** How far clocks may differ. */
  readonly skew: number
  /** How old a message of a peer may be. */
  readonly messagePerAct: Readonly<Record<Act, number>>
  /** How old the revocation snapshot may be; null where none is asked for. */
  readonly snapshotPerAct: Readonly<Record<Act, number | null>>
}

export interface Slice {
  readonly version: number
  /** Milliseconds since 1970, as for all knowledge. */
  readonly issued: number
  readonly expires: number
  readonly zone: string
  /** The deployment: a URI prefix with a trailing slash. */
  readonly trustDomain: string
  /** Version of the segmentation policy that it was cut from. */
  readonly policy: number
  /** DIDs whose passports and snapshots are believed. */
  readonly signers: ReadonlyArray<string>
  readonly conduits: ReadonlyArray<SliceConduit>
  readonly limits: SliceLimits
}

export const SLICE_TYPE = "application/vnd.assay.passport-policy+json"
export const MAX_SLICE_BYTES = 65_536
export const MAX_SIGNERS = 8
export const MAX_SLICE_CONDUITS = 256

const perAct = (check: Check): Check => members(Object.fromEntries(ACTS.map((act) => [act, check])))

const name = text(64)
const seconds = count(undefined, 1)

const WINDOW: Shape = {
  from: count(1_439),
  to: count(1_440),
  offsets: listOf(members({ from: count(), offset: count(1_440, -1_440) }), 64),
}

const CONDUIT: Shape = {
  id: name,
  from: name,
  to: name,
  acts: listOf(oneOf(ACTS), ACTS.length, 1),
  classes: listOf(text(128), 64),
  minTrust: nullable(count(100)),
  minAssurance: nullable(oneOf(ASSURANCES)),
  ratePerMinute: nullable(seconds),
  window: nullable(members(WINDOW)),
  expires: nullable(count()),
}

const LIMITS: Shape = {
  passport: seconds,
  skew: count(3_600),
  messagePerAct: perAct(seconds),
  snapshotPerAct: perAct(nullable(seconds)),
}

const SLICE: Shape = {
  version: seconds,
  issued: count(),
  expires: count(),
  zone: name,
  trustDomain: text(512, /^[a-z][a-z0-9+.-]*:[!-~]*\/$/),
  policy: count(),
  signers: listOf(text(1_024, /^did:/), MAX_SIGNERS, 1),
  conduits: listOf(members(CONDUIT), MAX_SLICE_CONDUITS),
  limits: members(LIMITS),
}

/**
 * A slice of JSON bytes, or the member that is missing, unknown or not as it must be; "" where it is no strict JSON object, or
 * too large. Pure: signatures are checked by whoever opens it. Never throws.
 */
export const readSlice = (bytes: Uint8Array): Slice | string => {
  const found = bytes.length > MAX_SLICE_BYTES ? null : readJson(bytes)
  return found === null ? "" : (wrongMember(SLICE, found) ?? (found as unknown as Slice))
}
