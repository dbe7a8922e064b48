/**
 * Between the records of a stream and the entries that stages see. What stands on `submitted` has no origin yet: it gets
 * it from where it lies, and its time from the log.
 */
import { type LogRecord, type NewRecord, UNPACKABLE } from "@assay/log"
import {
  appendDecision,
  appendVerdict,
  decodeEntry,
  type EntryBody,
  encodeAssayed,
  encodeEntry,
  type WireEntry,
} from "@assay/schemas"
import {
  type AdmissionProof,
  type AssayedMessage,
  type Entry,
  type Envelope,
  type Origin,
  STAGES,
  type StageName,
  signerOf,
  type Verdicts,
} from "@assay/trust"
import { claimsProblem, isDevice } from "./authenticated.ts"
import { type Hop, hopOf } from "./hop.ts"

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A message while the runner has it: the one place where what the stages found is added. */
export type OpenMessage = Omit<AssayedMessage, "claims" | "readings" | "subject" | "verdicts" | "decision"> &
  Writable<Pick<AssayedMessage, "claims" | "readings" | "subject" | "decision">> & {
    readonly verdicts: Writable<Verdicts>
  }

/** An entry as it came from the log, before the knowledge in force is known. */
export type RawEntry =
  | {
      readonly kind: "message"
      readonly origin: Origin
      readonly time: number
      readonly message: OpenMessage
      /** Between the stages, where a verdict can be appended to the record. */
      readonly hop?: Hop | null
    }
  | {
      readonly kind: "control"
      readonly origin: Origin
      readonly time: number
      readonly control: ControlBody
    }
  | {
      readonly kind: "admission"
      readonly origin: Origin
      readonly time: number
      readonly device: string
      readonly proof: AdmissionProof | null
    }
  | { readonly kind: "tick"; readonly origin: Origin; readonly time: number }
  /** Not an entry of Assay: kept as it is, judged by nobody (`runner/unreadable.ts`). */
  | {
      readonly kind: "unreadable"
      /** Where it was read between the stages, the offset is negative. */
      readonly origin: Origin
      readonly time: number
      /** As it was read, with the offset that it has on its own stream. */
      readonly record: LogRecord
      readonly detail: string
    }

export type ControlBody = Extract<EntryBody, { kind: "control" | "activation" }>

const EMPTY = new Uint8Array(0)
const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8")

/** A fresh message around an envelope, judged by no stage yet. */
export const newMessage = (origin: Origin, time: number, key: string, envelope: Envelope): OpenMessage => ({
  origin,
  time,
  key,
  envelope,
  claims: null,
  subject: null,
  readings: [],
  verdicts: { identity: null, credential: null, integrity: null, segmentation: null, anomaly: null },
  decision: null,
})

/** What an admission carries as a message, for the same checks as those of any message. */
export const presentedIn = (origin: Origin, time: number, device: string, proof: AdmissionProof): OpenMessage =>
  newMessage(origin, time, signerOf(device), {
    bytes: proof.bytes,
    mediaType: "application/jose",
    binding: "admission",
    originator: null,
    principal: null,
  })

/** The last millisecond that JavaScript can name (ECMA-262, 21.4.1.1). */
const LAST_TIME = 8_640_000_000_000_000

/** Whether what an entry says of itself can be: whoever may write between the stages must not stop them with what cannot. */
const isPlaced = ({ origin, time }: WireEntry, epoch: number, partition: number): boolean =>
  origin !== null &&
  origin.epoch === epoch &&
  origin.partition === partition &&
  origin.offset >= 0 &&
  time !== null &&
  time >= 0 &&
  time <= LAST_TIME

/**
 * Bytes that are no entry come out as `unreadable`, never as an exception. Between the stages such a record has no origin on
 * `submitted` and must not take that of a message: it is named by a negative offset, -1 minus its place on its own stream.
 * @param first whether the record lies on `submitted`, where anybody with the right to submit may have written it: its
 *   own origin and time do not count there, and a message with verdicts is refused
 * @param from the highest time of the partition so far; an entry is never earlier than the one before it
 */
export const toRawEntry = (
  record: LogRecord,
  first: boolean,
  epoch: number,
  partition: number,
  from: number,
): RawEntry => {
  const own: Origin = { epoch, partition, offset: record.offset }
  const stamped = Math.max(from, record.time)
  const unreadable = (detail: string): RawEntry => ({
    kind: "unreadable",
    origin: first ? own : { ...own, offset: -1 - record.offset },
    time: stamped,
    record,
    detail,
  })
  const packed = record.headers?.[UNPACKABLE]
  if (packed instanceof Uint8Array && record.absent?.value === true)
    return unreadable(
      `its batch cannot be unpacked (${utf8(packed)}): send zstd, gzip or none, at most 64 MiB unpacked`,
    )
  let wire: WireEntry
  try {
    wire = decodeEntry(record.value)
  } catch (cause) {
    return unreadable((cause as Error).message)
  }
  if (!first && (wire.origin === null || wire.time === null)) return unreadable("an entry without origin and time")
  if (!first && !isPlaced(wire, epoch, partition)) return unreadable("an entry of another partition, or of no time")
  const origin = (first ? null : wire.origin) ?? own
  const time = (first ? null : wire.time) ?? stamped
  const { body } = wire
  switch (body.kind) {
    case "submitted":
      if (!first) return unreadable("an envelope that identity-resolver has not seen")
      return { kind: "message", origin, time, message: newMessage(origin, time, utf8(record.key), body.envelope) }
    case "message": {
      if (first) return unreadable("a message with verdicts on submitted")
      const problem = claimsProblem(body.message.claims)
      if (problem !== null) return unreadable(problem)
      return { kind: "message", origin, time, message: body.message, hop: hopOf(record.value, body.message) }
    }
    case "control":
    case "activation":
      return { kind: "control", origin, time, control: body }
    case "admission":
      // Under any other key lie Assay's own states; an admission must not touch them.
      if (!isDevice(body.device)) return unreadable("an admission of something that is no device")
      return { kind: "admission", origin, time, device: body.device, proof: body.proof }
    case "tick":
      return { kind: "tick", origin, time }
  }
}

const passedOn = (
  { origin, time }: Entry,
  { message, hop }: Extract<RawEntry, { kind: "message" }>,
  by: StageName | null,
): Uint8Array => {
  const verdict = by === null ? null : message.verdicts[by]
  if (by === null || verdict === null || hop == null || hop.open > STAGES.indexOf(by))
    return wire(origin, time, { kind: "message", message })
  return appendVerdict(hop.record, by, verdict, by === "credential" ? message.subject : null)
}

/** The record of a decided stream. @param by as for {@link encodePassedOn} */
export const encodeDecided = (
  { message, hop }: Pick<Extract<RawEntry, { kind: "message" }>, "message" | "hop">,
  by: StageName | null,
): Uint8Array => {
  const { verdicts, decision } = message
  if (by !== "anomaly" || verdicts.anomaly === null || decision === null || hop == null || hop.open > LAST)
    return encodeAssayed(message)
  return appendDecision(hop.record, verdicts.anomaly, decision)
}

const LAST = STAGES.indexOf("anomaly")

const wire = (origin: Origin | null, time: number | null, body: WireEntry["body"]): Uint8Array =>
  encodeEntry({ origin, time, body })

/** What ingress appends to `submitted` for one message. */
export const encodeSubmitted = (key: Uint8Array, envelope: Envelope): NewRecord => ({
  key,
  value: wire(null, null, { kind: "submitted", envelope }),
})

export const encodeTick = (): NewRecord => ({ key: EMPTY, value: wire(null, null, { kind: "tick" }) })

/** @param proof the presentation that earned it; without, the first stage refuses the entry */
export const encodeAdmission = (device: string, proof: AdmissionProof): NewRecord => ({
  key: Buffer.from(device),
  value: wire(null, null, { kind: "admission", device, proof }),
})

export const encodeControl = (control: ControlBody): NewRecord => ({ key: EMPTY, value: wire(null, null, control) })

/**
 * What a stage passes on to the next one: the entry with its origin and time, a message with its verdicts.
 * @param by the one stage that judged it since it was read; null where there were several
 */
export const encodePassedOn = (entry: Entry, raw: RawEntry, by: StageName | null): NewRecord => {
  switch (raw.kind) {
    case "message":
      return { key: Buffer.from(raw.message.key), value: passedOn(entry, raw, by) }
    case "control":
      return { key: EMPTY, value: wire(entry.origin, entry.time, raw.control) }
    case "admission":
      return {
        key: Buffer.from(raw.device),
        value: wire(entry.origin, entry.time, { kind: "admission", device: raw.device, proof: raw.proof }),
      }
    default:
      return { key: EMPTY, value: wire(entry.origin, entry.time, { kind: "tick" }) }
  }
}
