/** The whole state machine of trust: where each trigger leads from each state. */
import type { TrustState } from "@assay/trust"

/** What moves a device. The first four come with a message, the next two with time, the rest from operators. */
const NOTHING = {
  /** Signed evidence that quarantines at once, or one strike too many. */
  proof: null,
  /** Two families alarmed, in `persistence` messages in a row. */
  persistence: null,
  /** One family alarmed. */
  alarm: null,
  /** Enough clean messages in a row. */
  calm: null,
  /** Not heard for `staleMs`. */
  silence: null,
  /** A timed quarantine has ended. */
  cooldown: null,
  quarantine: null,
  release: null,
  revoke: null,
}
export type Trigger = keyof typeof NOTHING
/** The triggers that a message can bring. */
export type MessageTrigger = "proof" | "persistence" | "alarm" | "calm"

type Row = Readonly<Record<Trigger, TrustState | null>>
// All rows have one shape, so that a look-up costs no more than a field.
const to = (row: Partial<Row>): Row => ({ ...NOTHING, ...row })

const OPERATOR = { quarantine: "quarantined", revoke: "revoked" } as const

/** Where a trigger leads from each state; null where it changes nothing. Nothing leaves `revoked`. */
export const TRANSITIONS: Readonly<Record<TrustState, Row>> = {
  learning: to({ proof: "quarantined", alarm: "watched", calm: "trusted", silence: "stale", ...OPERATOR }),
  trusted: to({ proof: "quarantined", alarm: "watched", silence: "stale", ...OPERATOR }),
  watched: to({
    proof: "quarantined",
    persistence: "quarantined",
    calm: "trusted",
    silence: "stale",
    release: "learning",
    ...OPERATOR,
  }),
  // Proof and operators change the cause of a quarantine that is there already.
  quarantined: to({ proof: "quarantined", cooldown: "probation", release: "probation", ...OPERATOR }),
  probation: to({
    proof: "quarantined",
    persistence: "quarantined",
    alarm: "watched",
    calm: "trusted",
    silence: "stale",
    ...OPERATOR,
  }),
  stale: to({ proof: "quarantined", alarm: "watched", calm: "trusted", ...OPERATOR }),
  revoked: to({}),
}
