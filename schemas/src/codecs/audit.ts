/** `AuditEvent`: the value of audit.events. */
import type { AuditEvent, AuditKind, RecordedVerdict } from "@assay/trust"
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader, readWord } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readOrigin, severityOutcome, stageName, trustState, writeOrigin } from "./parts.ts"
import { readDecision, readReason, writeDecision } from "./verdict.ts"

const SCHEMA = boundSchema("audit-event")

const writeRecorded = (to: Writer, verdict: RecordedVerdict): void => {
  stageName.write(to, verdict.stage)
  severityOutcome.write(to, verdict.outcome)
  to.strings(verdict.reasons)
  to.strings(verdict.observed)
  to.strings(verdict.knowledge)
  to.int(verdict.logic)
}

const readRecorded = (from: Reader): RecordedVerdict => ({
  stage: stageName.read(from),
  outcome: severityOutcome.read(from),
  reasons: from.array(readReason),
  observed: from.array(readReason),
  knowledge: from.array(readWord),
  logic: from.int(),
})

const readBytes = (from: Reader): Uint8Array => from.bytes()

const writeTrust = (to: Writer, state: AuditEvent["from"]): void => {
  if (state === null) to.tag(0)
  else {
    to.tag(1)
    trustState.write(to, state)
  }
}

/**
 * The record of an event. The same event always gives the same bytes, which its leaf commits to.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set.
 */
export const encodeAudit = (event: AuditEvent): Uint8Array => {
  writer.begin(SCHEMA.id)
  writer.string(event.kind)
  writeOrigin(writer, event.origin)
  writer.int(event.index)
  writer.long(event.time)
  writer.optionalString(event.device)
  writer.optionalString(event.digest)
  writeDecision(writer, event.decision)
  if (writer.items(event.verdicts.length)) {
    for (const verdict of event.verdicts) writeRecorded(writer, verdict)
    writer.tag(0)
  }
  writer.strings(event.reasons)
  writeTrust(writer, event.from)
  writeTrust(writer, event.to)
  if (writer.items(event.evidence.length)) {
    for (const message of event.evidence) writer.bytes(message)
    writer.tag(0)
  }
  writer.long(event.count)
  writer.optionalString(event.root)
  writer.optionalString(event.detail)
  return writer.end()
}

/** Evidence is a view into `record`. @throws WireError */
export const decodeAudit = (record: Uint8Array): AuditEvent => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const event: AuditEvent = {
    kind: reader.word() as AuditKind,
    origin: readOrigin(reader),
    index: reader.int(),
    time: reader.long(),
    device: reader.optionalString(),
    digest: reader.optionalString(),
    decision: readDecision(reader),
    verdicts: reader.array(readRecorded),
    reasons: reader.array(readReason),
    from: reader.tag(2) === 0 ? null : trustState.read(reader),
    to: reader.tag(2) === 0 ? null : trustState.read(reader),
    evidence: reader.array(readBytes),
    count: reader.long(),
    root: reader.optionalString(),
    detail: reader.optionalString(),
  }
  reader.finish()
  return event
}
