import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of control entries: operator commands and the activation of knowledge. */
export const CONTROL_REASONS = {
  "control.malformed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The control message cannot be read",
    remedy: "Make the command with assay quarantine: all tokens of one command must name the same verb and target",
  },
  "control.signature_invalid": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A signature of the control message does not verify",
    remedy:
      "Sign again with the operator's key of the bundle; if nobody on your side sent this, somebody tried to forge a command",
  },
  "control.not_operator": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A signer is not an operator of the trust bundle",
    remedy:
      "Sign with a key of an operator of the bundle in force, or add the operator to the bundle. Without a bundle in force there are no operators: activate it first",
  },
  "control.operator_document": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The keys of the operator stand in a document (did:webvh), and none is in force, or it counts no more and the command would loosen",
    remedy:
      "See that assay resolver runs and reaches the operator's host, or hand the document in (assay signer-document activate), then send the command again",
  },
  "control.right_missing": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A signer has no right to this verb",
    remedy: "Let an operator sign who has the right to this verb, or add the right in the bundle",
  },
  "control.threshold": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "Fewer distinct operators signed than the verb needs",
    remedy: "Have more operators sign: sign with --sign-only, and hand the line to the next one as --tokens FILE",
  },
  "control.roots_needed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A proof is held against the device, or it is revoked: only a threshold of the roots can erase it",
    remedy: "Have a threshold of the roots sign it: assay erase DID with their key files as --keys",
  },
  "control.expired": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The control message has expired, is not valid yet, or is older than the log",
    remedy: "Sign the command again and send it at once; set the operator's clock if it was new",
  },
  "control.replayed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The sequence number of the signer was used before",
    remedy:
      "Nothing, if it was sent twice. Else sign the command again: each needs a higher seq than the operator's last one",
  },
  "control.audience_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The control message is meant for another deployment, or for another log of this one",
    remedy: "Sign with --aud set to the trust domain of this deployment's bundle, for the log that the node names",
  },
  "control.target_unknown": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The target is not known in this partition",
    remedy:
      "See that the DID is right (assay device DID): only a device that was admitted or has a state here can be the target",
  },
  "control.voucher_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The claim's voucher does not lead from a maker of the trust bundle to who signs, or is of another device",
    remedy:
      "Claim with the voucher of this very device, extended to your operator's key by its last owner, and with an enrolment that the device signed for this voucher",
  },
  "control.life_refused": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The device's life does not lead there from where it is",
    remedy: "See the state and what is allowed from it: assay device show DID",
  },
  "control.kind_unknown": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The activation names a kind of knowledge that this version does not know",
    remedy: "Update the nodes to a version that knows this kind, then activate it again",
  },
  "control.knowledge_limit": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "As many items of this kind are in force as may be",
    remedy:
      "Activate newer versions of subjects that have an item already: no more subjects of this kind fit into a partition",
  },
  "control.admission_unproven": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The admission carries no presentation of its device that holds",
    remedy:
      "Let the device show its credential again (assay sign --present FILE | assay submit -). If nobody made this by mistake, see who may write to telemetry.submitted",
  },
  "control.body_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The body of the knowledge item is not in the store",
    remedy: "Activate the item again (assay bundle activate FILE, or the command of its kind)",
  },
  "control.knowledge_malformed": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item cannot be read",
    remedy:
      "Correct what the detail names; check the plain file with assay bundle check, assay policy check or the command of its kind, then sign it again",
  },
  "control.knowledge_unsigned": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item lacks the threshold of root signatures",
    remedy:
      "Have a threshold of the roots in force sign the file (assay bundle sign, assay policy sign); name the same roots with --roots",
  },
  "control.knowledge_version": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item is not newer than the active one",
    remedy: "Raise version above that of the item in force, sign it again, and activate it",
  },
  "control.firmware_unlogged": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "A release in the reference values is not proven to be in a log that the bundle asks for",
    remedy:
      "Have the maker append the release to its log and put the proof beside it (assay firmware log); if it did not release it, find out who used its key",
  },
  "control.knowledge_expired": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The knowledge item has expired",
    remedy: "Set expires to a later time, raise version, sign it again, and activate it",
  },
} as const satisfies Record<string, ReasonInfo>
