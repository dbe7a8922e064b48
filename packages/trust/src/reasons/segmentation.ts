import type { ReasonInfo } from "../reasons.ts"

/** Reason codes of segmentation-enforcer. */
export const SEGMENTATION_REASONS = {
  "segmentation.policy_missing": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "No segmentation policy is active",
    remedy:
      "Activate the policy (assay policy activate FILE --wait), then send new messages, since a decision stays as it is",
  },
  "segmentation.policy_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The segmentation policy has expired",
    remedy:
      "Sign and activate a later version of the policy (assay policy), then send new messages, since a decision stays as it is",
  },
  "segmentation.unassigned": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The device is assigned to no zone",
    remedy:
      "Assign the device, or its vendor and class, to a zone in the policy; see too that it has shown its credential, which names vendor and class",
  },
  "segmentation.audience_unknown": {
    severity: "fail",
    attribution: "device",
    weight: 0.3,
    text: "The audience lies in no zone of the policy",
    remedy: "Add the audience to a zone of the policy, or correct aud in the device",
  },
  "segmentation.no_conduit": {
    severity: "fail",
    attribution: "device",
    weight: 0.5,
    text: "No conduit leads from the zone of the device to that audience for this act",
    remedy: "If the flow is meant, add a conduit for it to the policy; else find out why the device tried",
  },
  "segmentation.guardrail": {
    severity: "fail",
    attribution: "device",
    weight: 0.7,
    text: "A guardrail forbids this flow whatever the conduits say",
    remedy:
      "Find out why the device tried. If the flow is really meant, the guardrail itself must be changed, with a signature of the roots",
  },
  "segmentation.policy_changed": {
    severity: "fail",
    attribution: "issuer",
    weight: 0,
    text: "An earlier version of the policy carried this very flow of the device, and the one in force does not",
    remedy:
      "If the policy was narrowed by mistake, activate a version that has the flow: the device was not charged, and speaks on from there. If it was meant, take the flow out of the device",
  },
  "segmentation.conduit_expired": {
    severity: "fail",
    attribution: "knowledge",
    weight: 0,
    text: "The only conduit for this flow has expired",
    remedy: "If the flow is still meant, give the conduit a later end in a new version of the policy",
  },
  "segmentation.outside_window": {
    severity: "fail",
    attribution: "device",
    weight: 0,
    text: "The message was signed at a time of day at which the conduit is closed",
    remedy: "Send within the window, or widen the window of the conduit",
  },
  "segmentation.rate_exceeded": {
    severity: "fail",
    attribution: "device",
    weight: 0.2,
    text: "The conduit carries fewer messages of one device than this",
    remedy: "Let the device speak less often, or raise the rate of the conduit",
  },
  "segmentation.lateral_movement": {
    severity: "fail",
    attribution: "device",
    weight: 1,
    text: "The device tried many forbidden zones in a short time",
    remedy:
      "Treat the device as taken over: examine it before two operators release it, and look what else is in its zone",
  },
} as const satisfies Record<string, ReasonInfo>
