import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of segmentation-enforcer. */
export const SEGMENTATION_REASONS = {
  "segmentation.policy_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "No segmentation policy is active",
  },
  "segmentation.policy_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The segmentation policy has expired",
  },
  "segmentation.unassigned": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The device is assigned to no zone",
  },
  "segmentation.audience_unknown": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The audience lies in no zone of the policy",
  },
  "segmentation.no_conduit": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "No conduit leads from the zone of the device to that audience for this act",
  },
  "segmentation.guardrail": {
    severity: "fail",
    attribution: "device",
    weight: 0.7,
    text: "A guardrail forbids this flow whatever the conduits say",
  },
  "segmentation.conduit_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The only conduit for this flow has expired",
  },
  "segmentation.outside_window": {
    severity: "fail",
    attribution: "device",
    weight: 0.2,
    text: "The conduit is closed at this time of day",
  },
  "segmentation.rate_exceeded": {
    severity: "fail",
    attribution: "device",
    weight: 0.2,
    text: "The conduit carries fewer messages of one device than this",
  },
  "segmentation.lateral_movement": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "The device tried many forbidden zones in a short time",
  },
} as const satisfies Record<string, ReasonInfo>
