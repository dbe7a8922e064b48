import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of credential-checker. */
export const CREDENTIAL_REASONS = {
  "credential.missing": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device has presented no credential that covers this",
  },
  "credential.malformed": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "A presented credential is not a strict vc+jwt",
  },
  "credential.signature_invalid": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "A presented credential does not verify under the key of its issuer",
  },
  "credential.issuer_untrusted": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The issuer of the credential is not in the trust bundle",
  },
  "credential.issuer_scope": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The issuer may not issue this type, vendor, capability or assurance",
  },
  "credential.holder_mismatch": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The credential was issued to another device",
  },
  "credential.hardware_mismatch": {
    severity: "fail",
    attribution: "device",
    weight: 0.8,
    text: "The hardwareId is bound to another device",
  },
  "credential.not_yet_valid": {
    severity: "fail",
    attribution: "device",
    weight: 0.1,
    text: "The credential is not valid yet",
  },
  "credential.expired": { severity: "fail", attribution: "device", weight: 0.2, text: "The credential has expired" },
  "credential.revoked": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "The credential is revoked on its status list",
  },
  "credential.suspended": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The credential is suspended on its status list",
  },
  "credential.status_index": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The status index lies outside its list",
  },
  "credential.status_unavailable": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The status list of the credential is not in the trust bundle",
  },
  "credential.status_stale": {
    severity: "warn",
    attribution: "knowledge",
    weight: 0,
    text: "The status list is past its maximum age; telemetry is annotated",
  },
  "credential.status_stale_act": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The status list is past its maximum age; acts other than telemetry are quarantined",
  },
  "credential.bundle_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "No trust bundle is active",
  },
  "credential.bundle_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The trust bundle has expired",
  },
  "credential.measurement_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "A reading lies outside the granted measurements",
  },
  "credential.value_out_of_range": {
    severity: "fail",
    attribution: "device",
    weight: 0.4,
    text: "A reading lies outside its granted range",
  },
  "credential.action_refused": { severity: "fail", attribution: "device", weight: 0.5, text: "The act is not granted" },
  "credential.audience_refused": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "The audience is not granted",
  },
  "credential.rate_exceeded": {
    severity: "fail",
    attribution: "device",
    weight: 0.2,
    text: "The device speaks more often than granted",
  },
  "credential.too_many": {
    severity: "fail",
    attribution: "device",
    weight: 0.2,
    text: "More credentials were presented than are kept per device",
  },
} as const satisfies Record<string, ReasonInfo>
