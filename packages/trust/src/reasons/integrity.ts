import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of integrity-hasher. */
export const INTEGRITY_REASONS = {
  "integrity.chain_broken": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "prv is not the digest of the message before: something was altered or left out",
    remedy:
      "Find out what lies between device and ingress that alters or drops messages, and whether the device was restored from an image; release it with two operators once it is explained",
  },
  "integrity.chain_gap": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "Messages before this one never arrived",
    remedy:
      "See why messages were lost on the way; nothing is to be done for a single gap, and the device is not charged",
  },
  "integrity.chain_pending": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "A message before this one has not arrived yet",
    remedy: "Nothing: it becomes a gap, or the late message closes it",
  },
  "integrity.chain_unknown": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "No earlier message of this device is known here to compare with",
    remedy: "Nothing: the next message of the device has this one to compare with",
  },
  "integrity.firmware_unknown": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The firmware digest is not in the references",
    remedy:
      "If the firmware is yours, add its digest to the firmware references of the bundle and activate it; else find out what runs on the device",
  },
  "integrity.firmware_tampered": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "A known firmware version was reported with another digest",
    remedy: "Take the device out of service and examine it. If the reference is wrong, correct it in the bundle first",
  },
  "integrity.firmware_lying": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "A known firmware digest was reported under another version",
    remedy:
      "Take the device out of service and examine it: it names another version than its digest has. If the reference is wrong, correct it in the bundle first",
  },
  "integrity.reference_changed": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "The firmware passed before, and the references of the bundle in force do not list it any more",
    remedy:
      "If the references were changed by mistake, activate a bundle with the right ones: the device was not charged, and passes from there on. If they were meant, update the device; to contain a firmware, list it with the status revoked",
  },
  "integrity.reference_corrected": {
    severity: "warn",
    attribution: "issuer",
    weight: 0,
    text: "The references now list the very firmware that they refused: the mistake was theirs",
    remedy:
      "Nothing: a quarantine that these references alone had caused ends in probation. Reputation comes back with clean messages",
  },
  "integrity.firmware_mismatched": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The vendor or class of the claimed firmware is not the one of the credential",
    remedy:
      "See that the device runs the firmware of its own vendor and class, or issue a credential with the right ones",
  },
  "integrity.firmware_rolled_back": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The security version is below what the device or the fleet had",
    remedy:
      "Update the firmware to at least the security version that the device or the fleet has had; if nobody rolled it back on purpose, examine the device",
  },
  "integrity.firmware_revoked": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The firmware is revoked",
    remedy: "Update the firmware of the device to one that is not revoked",
  },
  "integrity.firmware_vulnerable": {
    severity: "warn",
    attribution: "device",
    weight: 0.1,
    text: "The firmware has a known vulnerability",
    remedy: "Plan an update of the firmware",
  },
  "integrity.firmware_unreferenced": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No firmware references exist for this vendor and class",
    remedy: "Add firmware references for this vendor and class to the bundle, or let the device send no fw",
  },
  "integrity.knowledge_missing": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No trust bundle is active, so the firmware cannot be compared",
    remedy:
      "Activate the trust bundle (assay bundle activate FILE --wait), then send new messages, since a decision stays as it is",
  },
} as const satisfies Record<string, ReasonInfo>
