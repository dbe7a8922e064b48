/** What became of the submissions, from the committed streams alone: the audit events, and the rejected records. */
import type { Log } from "@assay/log"
import { decodeAudit, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AuditEvent, type Decision, type Origin, reject } from "@assay/trust"
import { type Following, follow } from "./follow.ts"

export interface DecisionsOptions {
  /** An original decision; `time` as the log stamped the submission. */
  readonly onDecision: (origin: Origin, decision: Decision, time: number) => void
  /** Any other event. */
  readonly onEvent?: (event: AuditEvent) => void
}

/** Follows both streams from their beginning. Records that were no entries of `submitted` are left out. */
export const followDecisions = (log: Log, { onDecision, onEvent }: DecisionsOptions): Following => {
  const audit = follow(log, STREAMS.audit, (_partition, { value }) => {
    const event = decodeAudit(value)
    if (event.kind === "decision" && event.decision?.kind === "original")
      onDecision(event.origin, event.decision, event.time)
    else onEvent?.(event)
  })
  const rejected = follow(log, STREAMS.rejected, (_partition, { value }) => {
    const { origin, reasons, time } = decodeRejected(value)
    if (origin.offset >= 0) onDecision(origin, reject(reasons), time)
  })
  return {
    stop: async () => {
      await Promise.all([audit.stop(), rejected.stop()])
    },
  }
}
