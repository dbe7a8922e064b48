/** What the audit stream records. The body of every leaf of the transparency log is one of these. */
import type { Origin } from "./message.ts"
import type { ReasonCode } from "./reasons.ts"
import type { Decision, StageName, TrustState, Verdict } from "./verdict.ts"

export const AUDIT_KINDS = ["decision", "rejected-batch", "transition", "control", "proof", "incident"] as const
/**
 * `decision` one per authenticated message; `rejected-batch` counts and root of a batch's rejected records;
 * `transition` a device's trust state changed; `control` outcome of an operator command or activation;
 * `proof` two signed messages that prove equivocation or a clone; `incident` fleet-wide, such as the storm breaker.
 */
export type AuditKind = (typeof AUDIT_KINDS)[number]

/** What a stage asks to be recorded; the runner adds origin and time of the entry. */
export type AuditDraft =
  | {
      readonly kind: "transition"
      readonly device: string
      readonly from: TrustState | null
      readonly to: TrustState
      readonly cause: ReadonlyArray<ReasonCode>
    }
  | {
      readonly kind: "control"
      readonly accepted: boolean
      readonly reasons: ReadonlyArray<ReasonCode>
      readonly detail: string
    }
  | {
      readonly kind: "proof"
      readonly device: string
      readonly reason: ReasonCode
      readonly messages: ReadonlyArray<Uint8Array>
    }
  | { readonly kind: "incident"; readonly detail: string }

/** A verdict as the audit record keeps it. */
export interface RecordedVerdict {
  readonly stage: StageName
  readonly outcome: Verdict["outcome"]
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly observed: ReadonlyArray<ReasonCode>
  readonly knowledge: ReadonlyArray<string>
  readonly logic: number
}

/** One record of `audit.events`. Members that a kind does not use are null or empty. */
export interface AuditEvent {
  readonly kind: AuditKind
  readonly origin: Origin
  /** Nth event of the same origin, from 0. */
  readonly index: number
  readonly time: number
  /** The device's DID, or null. */
  readonly device: string | null
  /** base64url SHA-256 of the signing input, for a decision. */
  readonly digest: string | null
  readonly decision: Decision | null
  readonly verdicts: ReadonlyArray<RecordedVerdict>
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly from: TrustState | null
  readonly to: TrustState | null
  /** The signed messages of a proof, as received. */
  readonly evidence: ReadonlyArray<Uint8Array>
  /** For a rejected batch: how many, and the RFC 6962 root over their record hashes. */
  readonly count: number
  readonly root: string | null
  /** JSON text for people, or null. */
  readonly detail: string | null
}
