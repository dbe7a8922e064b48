/** The segmentation policy: zones, conduits and guardrails. */
import { MAX_ENVELOPE_BYTES } from "@assay/jose"
import { containment, diffPolicies } from "@assay/segmentation"
import type { SegmentationPolicy } from "@assay/trust"
import { DSSE_MEDIA_TYPE } from "../../authority/roots.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { openPolicy, POLICY_PAYLOAD_TYPE, readPolicy } from "./open.ts"

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
      const { policy, problems } = readPolicy(bytes, options)
      return { body: policy, problems }
    },
    diff: (before, after) => ({
      diff: diffPolicies(before, after),
      containment: { before: containment(before), after: containment(after) },
    }),
  },
}
