// Generated from schemas/avsc/audit-event.avsc by `npm run schemas:generate`. Do not edit.
import { type AuditEvent, type AuditKind, type ReasonCode, TRUST_STATES } from "@assay/trust"
import { boundSchema } from "../ids/bound.ts"
import { type Reader, readBytes, readWord, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readDecision, writeDecision } from "./decision.ts"
import { readOrigin, writeOrigin } from "./origin.ts"
import { readRecordedVerdict, writeRecordedVerdict } from "./recorded-verdict.ts"

const SCHEMA = boundSchema("audit-event")

const writeAuditEvent = (to: Writer, value: AuditEvent): void => {
  to.string(value.kind)
  writeOrigin(to, value.origin)
  to.int(value.index)
  to.long(value.time)
  to.optionalString(value.device)
  to.optionalString(value.digest)
  if (value.decision === null) to.tag(0)
  else {
    to.tag(1)
    writeDecision(to, value.decision)
  }
  if (to.items(value.verdicts.length)) {
    for (let i = 0; i < value.verdicts.length; i++) writeRecordedVerdict(to, value.verdicts[i]!)
    to.tag(0)
  }
  to.strings(value.reasons)
  if (value.from === null) to.tag(0)
  else {
    to.tag(1)
    to.symbol(TRUST_STATES, value.from)
  }
  if (value.to === null) to.tag(0)
  else {
    to.tag(1)
    to.symbol(TRUST_STATES, value.to)
  }
  if (to.items(value.evidence.length)) {
    for (let i = 0; i < value.evidence.length; i++) to.bytes(value.evidence[i]!)
    to.tag(0)
  }
  to.long(value.count)
  to.optionalString(value.root)
  if (value.record === null) to.tag(0)
  else {
    to.tag(1)
    to.bytes(value.record)
  }
  to.optionalString(value.detail)
}

const readAuditEvent = (from: Reader): AuditEvent => ({
  kind: from.word() as AuditKind,
  origin: readOrigin(from),
  index: from.int(),
  time: from.long(),
  device: from.optionalString(),
  digest: from.optionalString(),
  decision: from.tag(2) === 0 ? null : readDecision(from),
  verdicts: from.array(readRecordedVerdict),
  reasons: from.array(readWord) as ReadonlyArray<ReasonCode>,
  from: from.tag(2) === 0 ? null : from.symbol(TRUST_STATES),
  to: from.tag(2) === 0 ? null : from.symbol(TRUST_STATES),
  evidence: from.array(readBytes),
  count: from.long(),
  root: from.optionalString(),
  record: from.tag(2) === 0 ? null : from.bytes(),
  detail: from.optionalString(),
})

/**
 * One record of audit.events; the body of a leaf. Members that a kind does not use are null or empty.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeAudit = (value: AuditEvent): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeAuditEvent(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeAudit = (record: Uint8Array): AuditEvent => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readAuditEvent(reader)
  reader.finish()
  return value
}
