// Generated from schemas/avsc/entry.avsc by `npm run schemas:generate`. Do not edit.
import { boundSchema } from "../ids/bound.ts"
import { type Reader, readString, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readAssayedMessage, writeAssayedMessage } from "./assayed-message.ts"
import { readEnvelope, writeEnvelope } from "./envelope.ts"
import { readOrigin, writeOrigin } from "./origin.ts"
import type {
  Activation,
  Admission,
  AdmissionProof,
  Control,
  Entry,
  EntryBody,
  Message,
  Submitted,
  Tick,
} from "./types.ts"

const SCHEMA = boundSchema("entry")

const writeSubmitted = (to: Writer, value: Submitted): void => {
  writeEnvelope(to, value.envelope)
}

const readSubmitted = (from: Reader): Submitted => ({ kind: "submitted", envelope: readEnvelope(from) })

const writeMessage = (to: Writer, value: Message): void => {
  writeAssayedMessage(to, value.message)
}

const readMessage = (from: Reader): Message => ({ kind: "message", message: readAssayedMessage(from) })

const writeControl = (to: Writer, value: Control): void => {
  to.strings(value.tokens)
}

const readControl = (from: Reader): Control => ({ kind: "control", tokens: from.array(readString) })

const writeActivation = (to: Writer, value: Activation): void => {
  to.string(value.item)
  to.string(value.hash)
  if (value.body === null) to.tag(0)
  else {
    to.tag(1)
    to.bytes(value.body)
  }
}

const readActivation = (from: Reader): Activation => ({
  kind: "activation",
  item: from.word(),
  hash: from.word(),
  body: from.tag(2) === 0 ? null : from.bytes(),
})

const writeAdmissionProof = (to: Writer, value: AdmissionProof): void => {
  writeOrigin(to, value.origin)
  to.bytes(value.bytes)
}

const readAdmissionProof = (from: Reader): AdmissionProof => ({ origin: readOrigin(from), bytes: from.bytes() })

const writeAdmission = (to: Writer, value: Admission): void => {
  to.string(value.device)
  if (value.proof === null) to.tag(0)
  else {
    to.tag(1)
    writeAdmissionProof(to, value.proof)
  }
}

const readAdmission = (from: Reader): Admission => ({
  kind: "admission",
  device: from.string(),
  proof: from.tag(2) === 0 ? null : readAdmissionProof(from),
})

const readTick = (): Tick => ({ kind: "tick" })

const writeEntryBody = (to: Writer, value: EntryBody): void => {
  switch (value.kind) {
    case "submitted":
      to.tag(0)
      writeSubmitted(to, value)
      break
    case "message":
      to.tag(1)
      writeMessage(to, value)
      break
    case "control":
      to.tag(2)
      writeControl(to, value)
      break
    case "activation":
      to.tag(3)
      writeActivation(to, value)
      break
    case "admission":
      to.tag(4)
      writeAdmission(to, value)
      break
    case "tick":
      to.tag(5)
      break
  }
}

const readEntryBody = (from: Reader): EntryBody => {
  switch (from.tag(6)) {
    case 0:
      return readSubmitted(from)
    case 1:
      return readMessage(from)
    case 2:
      return readControl(from)
    case 3:
      return readActivation(from)
    case 4:
      return readAdmission(from)
    default:
      return readTick()
  }
}

const writeEntry = (to: Writer, value: Entry): void => {
  if (value.origin === null) to.tag(0)
  else {
    to.tag(1)
    writeOrigin(to, value.origin)
  }
  if (value.time === null) to.tag(0)
  else {
    to.tag(1)
    to.long(value.time)
  }
  writeEntryBody(to, value.body)
}

const readEntry = (from: Reader): Entry => ({
  origin: from.tag(2) === 0 ? null : readOrigin(from),
  time: from.tag(2) === 0 ? null : from.long(),
  body: readEntryBody(from),
})

/**
 * One entry of the total order: telemetry.submitted and the streams between the stages. A reader of submitted must
 * refuse the body Message there: its verdicts could be anybody's.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeEntry = (value: Entry): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeEntry(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeEntry = (record: Uint8Array): Entry => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readEntry(reader)
  reader.finish()
  return value
}
