import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of integrity-hasher. */
export const INTEGRITY_REASONS = {
  "integrity.chain_broken": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "prv is not the digest of the message before: something was altered or left out",
  },
  "integrity.chain_gap": {
    severity: "warn",
    attribution: "device",
    weight: 0.05,
    text: "Messages before this one never arrived",
  },
  "integrity.chain_pending": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "A message before this one has not arrived yet",
  },
  "integrity.chain_unknown": {
    severity: "warn",
    attribution: "unproven",
    weight: 0,
    text: "No earlier message of this device is known here to compare with",
  },
  "integrity.firmware_unknown": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The firmware digest is not in the references",
  },
  "integrity.firmware_tampered": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "A known firmware version was reported with another digest",
  },
  "integrity.firmware_lying": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "A known firmware digest was reported under another version",
  },
  "integrity.firmware_mismatched": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The vendor or class of the claimed firmware is not the one of the credential",
  },
  "integrity.firmware_rolled_back": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The security version is below what the device or the fleet had",
  },
  "integrity.firmware_revoked": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The firmware is revoked",
  },
  "integrity.firmware_vulnerable": {
    severity: "warn",
    attribution: "device",
    weight: 0.1,
    text: "The firmware has a known vulnerability",
  },
  "integrity.firmware_unreferenced": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No firmware references exist for this vendor and class",
  },
  "integrity.knowledge_missing": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "No trust bundle is active, so the firmware cannot be compared",
  },
} as const satisfies Record<string, ReasonInfo>
