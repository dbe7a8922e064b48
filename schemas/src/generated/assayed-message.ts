// Generated from schemas/avsc/assayed-message.avsc by `npm run schemas:generate`. Do not edit.
import type { AssayedMessage, Claims } from "@assay/trust"
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readDecision, writeDecision } from "./decision.ts"
import { readEnvelope, writeEnvelope } from "./envelope.ts"
import { readEvidenceClaims, writeEvidenceClaims } from "./evidence-claims.ts"
import { readMessageClaims, writeMessageClaims } from "./message-claims.ts"
import { readOrigin, writeOrigin } from "./origin.ts"
import { readPresentationClaims, writePresentationClaims } from "./presentation-claims.ts"
import { readReading, writeReading } from "./reading.ts"
import { readSubject, writeSubject } from "./subject.ts"
import { readVerdict, writeVerdict } from "./verdict.ts"

const SCHEMA = boundSchema("assayed-message")

const writeClaims = (to: Writer, value: Claims | null): void => {
  if (value === null) {
    to.tag(0)
    return
  }
  switch (value.kind) {
    case "message":
      to.tag(1)
      writeMessageClaims(to, value)
      break
    case "presentation":
      to.tag(2)
      writePresentationClaims(to, value)
      break
    case "evidence":
      to.tag(3)
      writeEvidenceClaims(to, value)
      break
  }
}

const readClaims = (from: Reader): Claims | null => {
  switch (from.tag(4)) {
    case 0:
      return null
    case 1:
      return readMessageClaims(from)
    case 2:
      return readPresentationClaims(from)
    default:
      return readEvidenceClaims(from)
  }
}

export const writeAssayedMessage = (to: Writer, value: AssayedMessage): void => {
  writeOrigin(to, value.origin)
  to.long(value.time)
  to.string(value.key)
  writeEnvelope(to, value.envelope)
  writeClaims(to, value.claims)
  if (to.items(value.readings.length)) {
    for (let i = 0; i < value.readings.length; i++) writeReading(to, value.readings[i]!)
    to.tag(0)
  }
  if (value.verdicts.identity === null) to.tag(0)
  else {
    to.tag(1)
    writeVerdict(to, value.verdicts.identity)
  }
  if (value.verdicts.credential === null) to.tag(0)
  else {
    to.tag(1)
    writeVerdict(to, value.verdicts.credential)
  }
  if (value.subject === null) to.tag(0)
  else {
    to.tag(1)
    writeSubject(to, value.subject)
  }
  if (value.verdicts.integrity === null) to.tag(0)
  else {
    to.tag(1)
    writeVerdict(to, value.verdicts.integrity)
  }
  if (value.verdicts.segmentation === null) to.tag(0)
  else {
    to.tag(1)
    writeVerdict(to, value.verdicts.segmentation)
  }
  if (value.verdicts.anomaly === null) to.tag(0)
  else {
    to.tag(1)
    writeVerdict(to, value.verdicts.anomaly)
  }
  if (value.decision === null) to.tag(0)
  else {
    to.tag(1)
    writeDecision(to, value.decision)
  }
}

export const readAssayedMessage = (from: Reader): AssayedMessage => {
  const origin = readOrigin(from)
  const time = from.long()
  const key = from.string()
  const envelope = readEnvelope(from)
  const claims = readClaims(from)
  const readings = from.array(readReading)
  const identity = from.tag(2) === 0 ? null : readVerdict(from)
  const credential = from.tag(2) === 0 ? null : readVerdict(from)
  const subject = from.tag(2) === 0 ? null : readSubject(from)
  const integrity = from.tag(2) === 0 ? null : readVerdict(from)
  const segmentation = from.tag(2) === 0 ? null : readVerdict(from)
  const anomaly = from.tag(2) === 0 ? null : readVerdict(from)
  const decision = from.tag(2) === 0 ? null : readDecision(from)
  return {
    origin,
    time,
    key,
    envelope,
    claims,
    readings,
    subject,
    verdicts: { identity, credential, integrity, segmentation, anomaly },
    decision,
  }
}

/**
 * A message with all that is known of it; complete on the verified, annotated and quarantined streams. What never
 * changes after identity-resolver comes first, then what each stage adds in the order of the stages, then the decision.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeAssayed = (value: AssayedMessage): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeAssayedMessage(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeAssayed = (record: Uint8Array): AssayedMessage => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readAssayedMessage(reader)
  reader.finish()
  return value
}
