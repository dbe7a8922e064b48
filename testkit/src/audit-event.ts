import type { AuditEvent } from "@assay/trust"

/** A device that became trusted. */
export const auditEvent = (offset: number): AuditEvent => ({
  kind: "transition",
  origin: { epoch: 1, partition: 0, offset },
  index: 4000,
  time: offset,
  device: `did:key:zDevice${offset % 3}`,
  digest: null,
  decision: null,
  verdicts: [],
  reasons: [],
  from: "learning",
  to: "trusted",
  evidence: [],
  count: 0,
  root: null,
  record: null,
  detail: "",
})
