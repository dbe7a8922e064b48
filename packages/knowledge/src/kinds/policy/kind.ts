/** The segmentation policy: zones, conduits and guardrails. */
import { MAX_ENVELOPE_BYTES } from "@assay/jose"
import { containment, describeDeviceChanges, diffDevices, diffPolicies } from "@assay/segmentation"
import type { SegmentationPolicy } from "@assay/trust"
import { DSSE_MEDIA_TYPE } from "../../authority/roots.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { completePolicy, openPolicy, POLICY_PAYLOAD_TYPE, readPlainPolicy } from "./open.ts"

export const POLICY: KnowledgeKind<SegmentationPolicy> = {
  name: "policy",
  title: KIND_TITLES.policy,
  scope: "deployment",
  authority: "roots",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: MAX_ENVELOPE_BYTES, subjects: 1 },
  required: true,
  subject: () => "",
  open: (bytes, { roots }) => openPolicy(bytes, roots),
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "everything",
  plain: {
    payloadType: POLICY_PAYLOAD_TYPE,
    read: (bytes, options) => {
      const { policy, problems } = readPlainPolicy(bytes, options)
      return { body: policy, problems }
    },
    complete: completePolicy,
    diff: (before, after, known) => {
      const diff = diffPolicies(before, after)
      const devices = diffDevices(before, after, known)
      const terms = diff.terms.map(
        ({ from, to, action, class: cls, before: was, after: is }) =>
          `other terms: ${action} from ${from} to ${to}${cls === null ? "" : ` for class ${cls}`}: ${was} becomes ${is}`,
      )
      const moved = diff.moved.map(
        ({ what, before: was, after: is }) =>
          `placed elsewhere: ${what}: ${was ?? "nowhere"} becomes ${is ?? "nowhere"}`,
      )
      return {
        value: { diff, devices, containment: { before: containment(before), after: containment(after) } },
        lines: [...describeDeviceChanges(devices), ...terms, ...moved],
      }
    },
  },
}
