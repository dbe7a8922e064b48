/**
 * A later stage's part of a message, added to the record of the stage before without decoding it. On the wire a message is
 *
 *   prefix (origin, time, key, envelope, claims, readings)   fixed once identity-resolver has judged
 *   identity | credential, subject | integrity | segmentation | anomaly   one verdict after another
 *   decision
 *
 * where each part after the prefix is null, one byte 00, until its stage has judged. So what is missing stands at the end.
 */
import type { Decision, StageName, Subject, Verdict } from "@assay/trust"
import { writeDecision } from "./generated/decision.ts"
import { readOrigin } from "./generated/origin.ts"
import { writeSubject } from "./generated/subject.ts"
import { writeVerdict } from "./generated/verdict.ts"
import { boundSchema } from "./ids/bound.ts"
import { WireError } from "./wire/error.ts"
import { HEADER_BYTES } from "./wire/header.ts"
import { type Reader, reader } from "./wire/reader.ts"
import { type Writer, writer } from "./wire/writer.ts"

const ENTRY = boundSchema("entry")
const DECIDED = boundSchema("assayed-message")

/** The place of `Message` in the union of an entry's body, and how many branches that has. */
const MESSAGE = 1
const BODIES = 6

/** How many bytes, all of them nulls, end the record that a stage takes: its own parts, the later ones, the decision. */
const MISSING = { identity: 7, credential: 6, integrity: 4, segmentation: 3, anomaly: 2 } as const satisfies Record<
  StageName,
  number
>

/** Where the missing parts begin. */
const endOf = (hop: Uint8Array, stage: StageName): number => {
  const end = hop.length - MISSING[stage]
  for (let at = Math.max(end, 0); at < hop.length; at++) {
    if (hop[at] !== 0) throw new RangeError(`the message has a verdict of ${stage} or a later stage already`)
  }
  return end
}

const nulls = (to: Writer, count: number): void => {
  for (let i = 0; i < count; i++) to.tag(0)
}

const putVerdict = (to: Writer, verdict: Verdict): void => {
  to.tag(1)
  writeVerdict(to, verdict)
}

/** Steps over what an entry has before its message. @throws WireError where it holds none */
const skipHead = (from: Reader): void => {
  if (from.tag(2) === 1) readOrigin(from)
  if (from.tag(2) === 1) from.long()
  if (from.tag(BODIES) !== MESSAGE) throw new WireError("not-wire-format", "an entry without a message")
}

/**
 * The entry of a message with one verdict more: the bytes that `encodeEntry` gives for the message so changed.
 *
 * The caller answers for what the stream says: `hop` is an entry with a message that decodes, and every stage before
 * `stage` has judged it and none after. Of that, only what the last bytes show is checked.
 * @param subject what credential-checker found; null for every other stage
 * @throws RangeError where a verdict of that stage or a later one stands already, or where a member cannot be written
 * @throws WireError where the record is no entry with a message
 */
export const appendVerdict = (
  hop: Uint8Array,
  stage: StageName,
  verdict: Verdict,
  subject: Subject | null = null,
): Uint8Array => {
  if (subject !== null && stage !== "credential") throw new RangeError(`${stage} finds no subject`)
  const record = ENTRY.current(hop)
  reader.begin(record, ENTRY.id)
  skipHead(reader)
  reader.leave()
  writer.begin(ENTRY.id)
  writer.raw(record, HEADER_BYTES, endOf(record, stage))
  putVerdict(writer, verdict)
  let left = MISSING[stage] - 1
  if (subject !== null) {
    writer.tag(1)
    writeSubject(writer, subject)
    left--
  }
  nulls(writer, left)
  return writer.end()
}

/**
 * The record of a decided stream: the message of the entry that the last stage takes, with its verdict and the decision.
 * The bytes are those that `encodeAssayed` gives; the caller answers for the same as with {@link appendVerdict}.
 * @throws RangeError where a verdict of anomaly-quarantine stands already, or where a member cannot be written
 * @throws WireError where the record is no entry with a message
 */
export const appendDecision = (hop: Uint8Array, verdict: Verdict, decision: Decision): Uint8Array => {
  const record = ENTRY.current(hop)
  reader.begin(record, ENTRY.id)
  skipHead(reader)
  const from = reader.leave()
  writer.begin(DECIDED.id)
  writer.raw(record, from, endOf(record, "anomaly"))
  putVerdict(writer, verdict)
  writer.tag(1)
  writeDecision(writer, decision)
  return writer.end()
}
