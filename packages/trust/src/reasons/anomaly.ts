import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of anomaly-quarantine. */
export const ANOMALY_REASONS = {
  "anomaly.learning": { severity: "warn", attribution: "device", weight: 0, text: "The device is still being learned" },
  "anomaly.watched": { severity: "warn", attribution: "device", weight: 0, text: "The device is watched" },
  "anomaly.probation": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device is in probation after a quarantine",
  },
  "anomaly.profile_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The profile has expired",
  },
  "anomaly.stale": {
    severity: "warn",
    attribution: "device",
    weight: 0,
    text: "The device was silent for so long that its trust has lapsed",
  },
  "anomaly.device_quarantined": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The device is quarantined",
  },
  "anomaly.device_revoked": { severity: "fail", attribution: "device", weight: 0, text: "The device is revoked" },
  "anomaly.level_shift": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "The level of a measurement shifted",
  },
  "anomaly.novel_range": {
    severity: "warn",
    attribution: "device",
    weight: 0.15,
    text: "A value lies outside everything seen from this device",
  },
  "anomaly.stuck": { severity: "warn", attribution: "device", weight: 0.15, text: "A sensor repeats one value" },
  "anomaly.drift": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "A measurement drifts away from its frozen anchor",
  },
  "anomaly.rate": {
    severity: "warn",
    attribution: "device",
    weight: 0.2,
    text: "The device speaks far more often than it did",
  },
  "anomaly.silence": {
    severity: "warn",
    attribution: "device",
    weight: 0.05,
    text: "The device was silent for longer than it ever was",
  },
  "anomaly.flood": { severity: "fail", attribution: "device", weight: 0.3, text: "The device floods the stream" },
  "anomaly.min_trust": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The reputation of the device is below what the conduit demands",
  },
  "anomaly.min_assurance": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The assurance of the device is below what the conduit demands",
  },
  "anomaly.nothing_to_release": {
    severity: "fail",
    attribution: "unproven",
    weight: 0,
    text: "The device is neither watched nor quarantined and holds no messages, so there is nothing to release",
  },
} as const satisfies Record<string, ReasonInfo>
