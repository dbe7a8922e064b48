/** `AssayedMessage`: the value of telemetry.verified, annotated and quarantined. */
import type { AssayedMessage } from "@assay/trust"
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readClaims, readReading, readSubject, writeClaims, writeReading, writeSubject } from "./claims.ts"
import { readEnvelope, readOrigin, writeEnvelope, writeOrigin } from "./parts.ts"
import { readDecision, readVerdicts, writeDecision, writeVerdicts } from "./verdict.ts"

const SCHEMA = boundSchema("assayed-message")

export const writeMessage = (to: Writer, message: AssayedMessage): void => {
  writeOrigin(to, message.origin)
  to.long(message.time)
  to.string(message.key)
  writeEnvelope(to, message.envelope)
  if (message.claims === null) to.tag(0)
  else {
    to.tag(1)
    writeClaims(to, message.claims)
  }
  const readings = message.readings
  if (to.items(readings.length)) {
    for (let i = 0; i < readings.length; i++) writeReading(to, readings[i]!)
    to.tag(0)
  }
  if (message.subject === null) to.tag(0)
  else {
    to.tag(1)
    writeSubject(to, message.subject)
  }
  writeVerdicts(to, message.verdicts)
  writeDecision(to, message.decision)
}

export const readMessage = (from: Reader): AssayedMessage => ({
  origin: readOrigin(from),
  time: from.long(),
  key: from.string(),
  envelope: readEnvelope(from),
  claims: from.tag(2) === 0 ? null : readClaims(from),
  readings: from.array(readReading),
  subject: from.tag(2) === 0 ? null : readSubject(from),
  verdicts: readVerdicts(from),
  decision: readDecision(from),
})

/** @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set. */
export const encodeAssayed = (message: AssayedMessage): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeMessage(writer, message)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeAssayed = (record: Uint8Array): AssayedMessage => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const message = readMessage(reader)
  reader.finish()
  return message
}
