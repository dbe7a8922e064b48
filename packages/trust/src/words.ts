/**
 * Closed sets whose members are strings in a record, not symbols of an Avro enum: a later version may add one, and an
 * earlier reader must not refuse the record for it. Reason codes are the third such set (`reasons.ts`).
 */

export const AUDIT_KINDS = [
  "decision",
  "rejected-batch",
  "transition",
  "control",
  "proof",
  "incident",
  "life",
  "appraisal",
] as const
/**
 * `decision` one per authenticated message; `rejected-batch` counts and root of a batch's rejected records;
 * `transition` a device's trust state changed; `control` outcome of an operator command or activation;
 * `proof` two signed messages that prove equivocation or a clone; `incident` fleet-wide, such as the quarantine breaker;
 * `life` a device went from one state of its life to another; `appraisal` what a device's hardware was found to be, or why that ended.
 */
export type AuditKind = (typeof AUDIT_KINDS)[number]

/**
 * The `typ` of what a device may put into `submitted`, as JWS and as COSE_Sign1. Control messages travel as control entries. That of
 * the COSE message is short, since it travels with each.
 */
export const MESSAGE_TYPES = [
  "m2m-message+jwt",
  "m2m-presentation+jwt",
  "m2m-evidence+jwt",
  "m2m+cwt",
  "m2m-presentation+cwt",
  "m2m-evidence+cwt",
] as const
