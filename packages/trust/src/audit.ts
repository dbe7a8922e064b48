/** What the audit stream records. The body of every leaf of the transparency log is an `AuditEvent`. */
import type { LifeMove, LifeState } from "./life.ts"
import type { Origin } from "./message.ts"
import type { ReasonCode } from "./reasons.ts"
import type { TrustState } from "./verdict.ts"

export type { AuditEvent, RecordedVerdict } from "./generated/records.ts"
export { AUDIT_KINDS, type AuditKind } from "./words.ts"

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
      /** For an erasure: the device that it was of, which the record must not say, and the signed tokens, which it must. */
      readonly erasure?: { readonly device: string; readonly tokens: ReadonlyArray<string> }
    }
  | {
      readonly kind: "proof"
      readonly device: string
      readonly reason: ReasonCode
      /** Where the other message of the proof was submitted. The runner adds both, as far as they are kept. */
      readonly earlier: Origin
    }
  | { readonly kind: "incident"; readonly detail: string }
  | {
      readonly kind: "life"
      readonly device: string
      readonly from: LifeState | null
      readonly to: LifeState
      readonly move: LifeMove
      /** Who did it, by DID; empty where it follows from what was decided. */
      readonly actors: ReadonlyArray<string>
      readonly reason: string | null
      /** SHA-256 (base64url) of what it rests on, as its actors signed it; null where nothing was named. */
      readonly evidence: string | null
      /** Of the key that its maker gave it, where a voucher names another one than the device's own. */
      readonly identity?: string
    }
  | { readonly kind: "appraisal"; readonly device: string; readonly detail: string }
