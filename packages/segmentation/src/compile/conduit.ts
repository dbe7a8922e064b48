/** What a conduit still asks once the table has chosen it: the residual checks, ready for integer arithmetic. */
import { ASSURANCES, type Conduit, type Obligation, type OffsetChange, type SegmentationPolicy } from "@assay/trust"

export interface CompiledConduit {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Milliseconds since 1970; infinite where it never expires. */
  readonly expires: number
  /** Until then its refusals are observed only; 0 where it is enforced. */
  readonly observeUntil: number
  /** Minutes of the day, or -1 where it is always open. `windowFrom > windowTo` passes midnight. */
  readonly windowFrom: number
  readonly windowTo: number
  /** Of the zone whose day it is, ascending; null for UTC. */
  readonly offsets: ReadonlyArray<OffsetChange> | null
  /** Microseconds between two messages at the full rate, or 0 where it has no rate. */
  readonly intervalUs: number
  /** How far a device may run ahead of that pace: one minute's worth, less the message at hand. */
  readonly burstUs: number
  /** What only the decider can check. */
  readonly obligations: ReadonlyArray<Obligation>
  /**
   * The same of a device for which a gateway signs: where the conduit names no `minAssurance`, such a device needs `software`, which
   * it never has. Nobody lets a claim pass by saying nothing.
   */
  readonly ofDelegated: ReadonlyArray<Obligation>
  /** Of these, what holds in observe mode too: it is no demand of this conduit's. */
  readonly unsaid: ReadonlyArray<Obligation>
}

const NOTHING: ReadonlyArray<Obligation> = Object.freeze([])

export const compileConduit = (c: Conduit, { timezones = {} }: SegmentationPolicy): CompiledConduit => {
  const obligations: Obligation[] = []
  if (c.minTrust !== null) obligations.push({ kind: "minTrust", value: c.minTrust, source: c.id })
  if (c.minAssurance !== null)
    obligations.push({ kind: "minAssurance", value: ASSURANCES.indexOf(c.minAssurance), source: c.id })
  const unsaid: Obligation[] =
    c.minAssurance === null ? [{ kind: "minAssurance", value: ASSURANCES.indexOf("software"), source: c.id }] : []
  const intervalUs = c.ratePerMinute === null ? 0 : Math.floor(60_000_000 / c.ratePerMinute)
  return {
    id: c.id,
    from: c.from,
    to: c.to,
    expires: c.expires ?? Number.POSITIVE_INFINITY,
    observeUntil: c.mode === "observe" ? (c.observeUntil ?? 0) : 0,
    windowFrom: c.window?.from ?? -1,
    windowTo: c.window?.to ?? -1,
    // A zone without instants leaves the conduit closed: no policy that was signed has one.
    offsets: c.window?.zone === undefined ? null : (timezones[c.window.zone] ?? []),
    intervalUs,
    burstUs: c.ratePerMinute === null ? 0 : intervalUs * (c.ratePerMinute - 1),
    obligations: obligations.length === 0 ? NOTHING : Object.freeze(obligations),
    ofDelegated: Object.freeze([...obligations, ...unsaid]),
    unsaid: Object.freeze(unsaid),
  }
}

/** Whether the conduit is open at this time, in milliseconds since 1970. */
export const isOpenAt = ({ windowFrom, windowTo, offsets }: CompiledConduit, time: number): boolean => {
  if (windowFrom < 0) return true
  const offset = offsets === null ? 0 : offsetAt(offsets, time)
  if (offset === null) return false
  const minute = (Math.floor(time / 60_000) + offset) % 1_440
  const local = minute < 0 ? minute + 1_440 : minute
  return windowFrom < windowTo ? local >= windowFrom && local < windowTo : local >= windowFrom || local < windowTo
}

const offsetAt = (changes: ReadonlyArray<OffsetChange>, time: number): number | null => {
  for (let i = changes.length - 1; i >= 0; i--) if (changes[i]!.from <= time) return changes[i]!.offset
  return changes[0]?.offset ?? null
}
