/** Builds the audit records of a batch. Numbering is by stage, so that staged and chained runs number alike. */
import {
  type AssayedMessage,
  type AuditDraft,
  type AuditEvent,
  type Decision,
  type Origin,
  type RecordedVerdict,
  STAGES,
} from "@assay/trust"

/** `index` of an event: the stage's place times this, plus its number within the stage. */
const PER_STAGE = 1000

const blank = (kind: AuditEvent["kind"], origin: Origin, index: number, time: number): AuditEvent => ({
  kind,
  origin,
  index,
  time,
  device: null,
  digest: null,
  decision: null,
  verdicts: [],
  reasons: [],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  detail: null,
})

/** What a stage asked to be recorded at one entry. */
export const fromDraft = (draft: AuditDraft, origin: Origin, time: number, place: number, nth: number): AuditEvent => {
  const event = blank(draft.kind, origin, place * PER_STAGE + nth, time)
  switch (draft.kind) {
    case "transition":
      return { ...event, device: draft.device, from: draft.from, to: draft.to, reasons: draft.cause }
    case "control":
      return { ...event, reasons: draft.reasons, count: draft.accepted ? 1 : 0, detail: draft.detail }
    case "proof":
      return { ...event, device: draft.device, reasons: [draft.reason], evidence: draft.messages }
    case "incident":
      return { ...event, detail: draft.detail }
  }
}

/** The original decision on an authenticated message: its verdicts in short, without the message. */
export const decisionEvent = (message: AssayedMessage): AuditEvent => {
  const verdicts: Array<RecordedVerdict> = []
  for (const stage of STAGES) {
    const verdict = message.verdicts[stage]
    if (verdict === null) continue
    verdicts.push({
      stage,
      outcome: verdict.outcome,
      reasons: verdict.reasons,
      observed: verdict.observed,
      knowledge: verdict.knowledge,
      logic: verdict.logic,
    })
  }
  return {
    kind: "decision",
    origin: message.origin,
    index: STAGES.length * PER_STAGE,
    time: message.time,
    device: message.claims?.iss ?? null,
    digest: message.claims?.digest ?? null,
    decision: message.decision,
    verdicts,
    reasons: [],
    from: null,
    to: null,
    evidence: [],
    count: 0,
    root: null,
    detail: null,
  }
}

/** A later decision on a message already decided. `at` is the control entry that caused it. */
export const supersedingEvent = (
  device: string | null,
  digest: string | null,
  decision: Decision,
  at: Origin,
  time: number,
  nth: number,
): AuditEvent => ({ ...blank("decision", at, (STAGES.length + 1) * PER_STAGE + nth, time), device, digest, decision })

/** One record for all that was rejected in a batch: strangers must not be able to fill the audit log one by one. */
export const rejectedBatchEvent = (
  first: Origin,
  time: number,
  count: number,
  root: string,
  byReason: Record<string, number>,
): AuditEvent => ({
  ...blank("rejected-batch", first, 0, time),
  count,
  root,
  detail: JSON.stringify(byReason),
})
