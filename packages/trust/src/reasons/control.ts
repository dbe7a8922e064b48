import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of control entries: operator commands and the activation of knowledge. */
export const CONTROL_REASONS = {
  "control.malformed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The control message cannot be read",
  },
  "control.signature_invalid": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A signature of the control message does not verify",
  },
  "control.not_operator": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A signer is not an operator of the trust bundle",
  },
  "control.right_missing": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A signer has no right to this verb",
  },
  "control.threshold": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "Fewer distinct operators signed than the verb needs",
  },
  "control.expired": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The control message has expired, or is not valid yet",
  },
  "control.replayed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The sequence number of the signer was used before",
  },
  "control.audience_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The control message is meant for another deployment",
  },
  "control.target_unknown": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The target is not known in this partition",
  },
  "control.kind_unknown": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The activation names a kind of knowledge that this version does not know",
  },
  "control.knowledge_limit": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "As many items of this kind are in force as may be",
  },
  "control.admission_unproven": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The admission carries no presentation of its device that holds",
  },
  "control.body_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The body of the knowledge item is not in the store",
  },
  "control.knowledge_malformed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item cannot be read",
  },
  "control.knowledge_unsigned": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item lacks the threshold of root signatures",
  },
  "control.knowledge_version": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item is not newer than the active one",
  },
  "control.knowledge_expired": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item has expired",
  },
} as const satisfies Record<string, ReasonInfo>
