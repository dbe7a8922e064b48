/**
 * The statement of an audit event: kind, time, outcome and reasons, and what vouches for the records that went with it;
 * nothing of the device, of what it sent, or of evidence. A leaf commits to it apart from the event, so that it stays
 * provable, and a change of it is found, after the device was erased.
 */
import { decodeStatement, encodeStatement, type Statement } from "@assay/schemas"
import type { AuditEvent } from "@assay/trust"

export { decodeStatement, type Statement }

/** The statement's bytes, the same for the same event for ever. */
export const statementOf = (event: AuditEvent): Uint8Array => {
  const { kind, origin, index, time, decision, from, to, count, root, record } = event
  return encodeStatement({
    kind,
    origin,
    index,
    time,
    outcome: decision?.outcome ?? null,
    decided: decision?.kind ?? null,
    supersedes: decision?.supersedes ?? null,
    reasons: decision?.reasons ?? event.reasons,
    from,
    to,
    count,
    root,
    record,
  })
}
