/**
 * Every reason code of Assay: a closed union, one file per stage. A code is stable: it may be added, never
 * renamed or reused. Attribution says whom a reason speaks about; only `device` moves trust. What people read of a code
 * stands here and nowhere else: `assay explain --code`, docs/guides/reasons.md, advice of commands and exports take it from here.
 */
import { ANOMALY_REASONS } from "./reasons/anomaly.ts"
import { CONTROL_REASONS } from "./reasons/control.ts"
import { CREDENTIAL_REASONS } from "./reasons/credential.ts"
import { ENGINE_REASONS } from "./reasons/engine.ts"
import { IDENTITY_REASONS } from "./reasons/identity.ts"
import { INTEGRITY_REASONS } from "./reasons/integrity.ts"
import { SEGMENTATION_REASONS } from "./reasons/segmentation.ts"
import { STAGES } from "./verdict.ts"

/**
 * `device`: proven by its key and position; `unproven`: anybody could have caused it, also a mere carrier; `knowledge`: our
 * own facts were missing; `issuer`: a mistake of whoever issues credentials or signs our knowledge.
 */
export type Attribution = "device" | "unproven" | "knowledge" | "issuer"
export type Severity = "warn" | "fail"

export interface ReasonInfo {
  readonly severity: Severity
  readonly attribution: Attribution
  /** 0..1: how much a `device` reason weighs on reputation. */
  readonly weight: number
  /** One sentence for people: what happened. */
  readonly text: string
  /** What to do about it, for whoever runs the deployment; may name a command or a setting. */
  readonly remedy: string
}

export const REASONS = {
  ...IDENTITY_REASONS,
  ...CREDENTIAL_REASONS,
  ...INTEGRITY_REASONS,
  ...SEGMENTATION_REASONS,
  ...ANOMALY_REASONS,
  ...CONTROL_REASONS,
  ...ENGINE_REASONS,
} as const satisfies Record<string, ReasonInfo>

export type ReasonCode = keyof typeof REASONS

/** Who names a reason: a stage, or what judges control entries, or the engine itself. What stands before the dot. */
export const REASON_FAMILIES = [...STAGES, "control", "engine"] as const
export type ReasonFamily = (typeof REASON_FAMILIES)[number]

/** What is known of a reason code. */
export const reasonInfo = (code: ReasonCode): ReasonInfo => REASONS[code]

/** Whether a reason says that Assay itself failed. */
export const isOurFault = (code: string): boolean => code in ENGINE_REASONS

/** Whether this version knows the code: a record may carry one of a later version. */
export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code)

/** The codes that begin with `family` and a dot, in the order of their declaration. */
export const reasonsOfFamily = (family: ReasonFamily): ReadonlyArray<ReasonCode> =>
  (Object.keys(REASONS) as Array<ReasonCode>).filter((code) => code.startsWith(`${family}.`))

/** The worst severity among reasons, as a verdict's outcome. */
export const outcomeOf = (reasons: ReadonlyArray<ReasonCode>): "pass" | "warn" | "fail" => {
  let worst: "pass" | "warn" | "fail" = "pass"
  for (const code of reasons) {
    if (REASONS[code].severity === "fail") return "fail"
    worst = "warn"
  }
  return worst
}
