/**
 * THE POLICY TABLE: what a reason that is attributed to the device does to the device, beyond failing its message.
 * Every reason that is not named here only fails (or marks) the message, costs reputation by its weight and adds to
 * the `conduct` suspicion.
 */
import { REASONS, type ReasonCode, reasonInfo } from "@assay/trust"

export interface Consequence {
  /** `quarantine`: at once. `strike`: quarantine at the configured number of strikes within the window. */
  readonly does: "quarantine" | "strike"
  /**
   * `covered`: the quarantine breaker may downgrade it, because one mistake of ours (a wrong reference or policy) or one
   * power cut can cause it on many honest devices at once. `bypass`: nothing honest causes it.
   */
  readonly breaker: "covered" | "bypass"
  readonly why: string
}

const quarantine = (breaker: Consequence["breaker"], why: string): Consequence => ({ does: "quarantine", breaker, why })
const strike = (breaker: Consequence["breaker"], why: string): Consequence => ({ does: "strike", breaker, why })

export const CONSEQUENCES: { readonly [code in ReasonCode]?: Consequence } = {
  "identity.clone_evidence": quarantine("bypass", "Two machines hold the key; which one sent this is unknown"),
  "identity.equivocation": quarantine("covered", "Signed twice; a power cut that loses the counter looks the same"),
  "credential.revoked": quarantine("bypass", "The issuer has withdrawn it: mass revocation is meant, not a mistake"),
  "integrity.firmware_tampered": quarantine("covered", "A wrong reference would hit a whole model"),
  "integrity.firmware_lying": quarantine("covered", "A wrong reference would hit a whole model"),
  "segmentation.lateral_movement": quarantine("covered", "A wrong policy would hit a whole zone"),
  "integrity.chain_broken": strike("covered", "Once may be a lost write, repeatedly is alteration"),
  "integrity.firmware_rolled_back": strike("covered", "One message may still carry the old claim after an update"),
  "integrity.firmware_revoked": strike("covered", "The maker withdrew it; the device may be about to update"),
  "credential.holder_mismatch": strike(
    "bypass",
    "Once may be a provisioning mistake, repeatedly is a stolen credential",
  ),
  "credential.hardware_mismatch": strike("bypass", "As holder_mismatch"),
  "segmentation.guardrail": strike("covered", "A wrong policy would hit a whole zone"),
}

/** What the reasons of one message say about its device. */
export interface Evidence {
  /** The heaviest weight among its `device` reasons; 0 where there is none. */
  readonly weight: number
  readonly quarantine: boolean
  readonly strike: boolean
  readonly bypass: boolean
  /** The reasons with a consequence, for the audit. */
  readonly causes: ReadonlyArray<ReasonCode>
}

export const NO_EVIDENCE: Evidence = { weight: 0, quarantine: false, strike: false, bypass: false, causes: [] }

/** Weighs the reasons of the earlier stages; only `device` reasons count, whatever the table says. */
export const weigh = (reasons: ReadonlyArray<ReasonCode>): Evidence => {
  if (reasons.length === 0) return NO_EVIDENCE
  let weight = 0
  let quarantines = false
  let strikes = false
  let bypass = false
  const causes: Array<ReasonCode> = []
  for (const code of reasons) {
    const info = reasonInfo(code)
    if (info.attribution !== "device") continue
    weight = Math.max(weight, info.weight)
    const consequence = CONSEQUENCES[code]
    if (consequence === undefined) continue
    causes.push(code)
    if (consequence.does === "quarantine") quarantines = true
    else strikes = true
    if (consequence.breaker === "bypass") bypass = true
  }
  return { weight, quarantine: quarantines, strike: strikes, bypass, causes }
}

/** A set of reasons that quarantined a device, as its state keeps it: a bit for each row of the table, so that a new row goes to its end. */
export type Grounds = number

/** Beside the rows: an operator quarantined it. */
export const BY_OPERATOR: Grounds = 1 << 15

const ROWS = Object.keys(CONSEQUENCES)

/** Reasons without a consequence are in no such set. */
export const groundsOf = (codes: ReadonlyArray<ReasonCode>): Grounds => {
  let grounds = 0
  for (const code of codes) if (Object.hasOwn(CONSEQUENCES, code)) grounds |= 1 << ROWS.indexOf(code)
  return grounds
}

/** What our references say of a firmware, and nothing that the device signed twice or was refused. */
const BY_REFERENCE: ReadonlySet<ReasonCode> = new Set(["integrity.firmware_tampered", "integrity.firmware_lying"])

/** Whether it quarantines by our firmware references alone. */
export const isByReference = ({ quarantine: quarantines, causes }: Evidence): boolean =>
  quarantines && causes.every((code) => BY_REFERENCE.has(code))

/** The rows of the table as text, for documentation and `explain`. */
export const consequenceOf = (code: ReasonCode): "quarantine" | "strike" | "message" =>
  REASONS[code].attribution === "device" ? (CONSEQUENCES[code]?.does ?? "message") : "message"
