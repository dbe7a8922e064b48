/** What a conduit still asks once the table has chosen it: the residual checks, ready for integer arithmetic. */
import { ASSURANCES, type Conduit, type Obligation } from "@assay/trust"

export interface CompiledConduit {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Milliseconds since 1970; infinite where it never expires. */
  readonly expires: number
  /** Until then its refusals are observed only; 0 where it is enforced. */
  readonly observeUntil: number
  /** Minutes of the UTC day, or -1 where it is always open. `windowFrom > windowTo` passes midnight. */
  readonly windowFrom: number
  readonly windowTo: number
  /** Microseconds between two messages at the full rate, or 0 where it has no rate. */
  readonly intervalUs: number
  /** How far a device may run ahead of that pace: one minute's worth, less the message at hand. */
  readonly burstUs: number
  /** What only the decider can check. */
  readonly obligations: ReadonlyArray<Obligation>
}

const NOTHING: ReadonlyArray<Obligation> = Object.freeze([])

export const compileConduit = (c: Conduit): CompiledConduit => {
  const obligations: Obligation[] = []
  if (c.minTrust !== null) obligations.push({ kind: "minTrust", value: c.minTrust, source: c.id })
  if (c.minAssurance !== null)
    obligations.push({ kind: "minAssurance", value: ASSURANCES.indexOf(c.minAssurance), source: c.id })
  const intervalUs = c.ratePerMinute === null ? 0 : Math.floor(60_000_000 / c.ratePerMinute)
  return {
    id: c.id,
    from: c.from,
    to: c.to,
    expires: c.expires ?? Number.POSITIVE_INFINITY,
    observeUntil: c.mode === "observe" ? (c.observeUntil ?? 0) : 0,
    windowFrom: c.window?.from ?? -1,
    windowTo: c.window?.to ?? -1,
    intervalUs,
    burstUs: c.ratePerMinute === null ? 0 : intervalUs * (c.ratePerMinute - 1),
    obligations: obligations.length === 0 ? NOTHING : Object.freeze(obligations),
  }
}

/** Whether the conduit is open at this minute of the UTC day. `time` in milliseconds since 1970. */
export const isOpenAt = (conduit: CompiledConduit, time: number): boolean => {
  if (conduit.windowFrom < 0) return true
  const minute = Math.floor(time / 60_000) % 1_440
  return conduit.windowFrom < conduit.windowTo
    ? minute >= conduit.windowFrom && minute < conduit.windowTo
    : minute >= conduit.windowFrom || minute < conduit.windowTo
}
