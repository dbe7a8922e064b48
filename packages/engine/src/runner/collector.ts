/** Gathers what a batch produces, stream by stream. Encoding happens once, at the end. */
import { hash } from "node:crypto"
import type { NewRecord, Output } from "@assay/log"
import { encodeAssayed, encodeAudit, encodeKnowledge, encodeRejected } from "@assay/schemas"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { leafHash, rootOf } from "@assay/transparency"
import {
  type AdmissionProof,
  type AnyStage,
  type AssayedMessage,
  type AuditDraft,
  type AuditEvent,
  type ControlEntry,
  type Decision,
  type Entry,
  erasedIn,
  formatOrigin,
  type MessageEntry,
  type Origin,
  type ReasonCode,
  type Rejection,
  type Relied,
  reject,
  SERVICE_NAMES,
  STAGES,
  type StageName,
} from "@assay/trust"
import { shorten } from "@assay/trust/kit"
import { encodeAdmission, encodeDecided, encodePassedOn, type OpenMessage, type RawEntry } from "../order/entries.ts"
import {
  decisionEvent,
  fromDraft,
  rejectedBatchEvent,
  supersedingEvent,
  type TurnedAway,
  undecidedEvents,
  unreadEvent,
} from "./audit.ts"
import { ByPrincipal, type Handed } from "./by-principal.ts"
import type { EventHeaders } from "./event-headers.ts"
import type { OpenProof } from "./evidence.ts"
import { isUnproven } from "./unproven.ts"
import { reasonOfUnreadable } from "./unreadable.ts"
import { type DeadLetterSource, deadLetter } from "./unreadable-deadletter.ts"

export interface Release {
  readonly origin: Origin
  readonly decision: Decision
  /** The message as it was judged again; another one with its origin is not issued. */
  readonly message?: AssayedMessage
  /** It lies among what was undecided. */
  readonly undecided?: boolean
  /** It was issued, and is taken back: where its record lies. */
  readonly issued?: Pick<Relied, "outcome" | "at">
  /** The control entry that caused it. */
  readonly at: ControlEntry
}

const FAULT = "engine.fault"

type Unreadable = Extract<RawEntry, { kind: "unreadable" }>
type Admission = Extract<RawEntry, { kind: "admission" }>

const DECIDED = { verified: STREAMS.verified, annotated: STREAMS.annotated, quarantined: STREAMS.quarantined } as const

const streamOf = ({ outcome, kind }: Decision): string => {
  if (kind === "revoked") return STREAMS.revoked
  if (outcome === "rejected" || outcome === "undecided") throw new Error(`the last stage decided "${outcome}"`)
  return DECIDED[outcome]
}

/** How a batch ended: for metrics, progress and replay. */
export interface Decided {
  readonly origin: Origin
  readonly time: number
  readonly device: string | null
  readonly decision: Decision
  readonly message: AssayedMessage | null
  /** Of what was rejected. */
  readonly turnedAway?: Handed
  /** That it stands on `verified` and lacks what that takes: a fault of ours. */
  readonly unproven?: boolean
}

const BY_NOBODY: Handed = { principal: null, signed: false }

/** What is larger is kept as its head and its hash: strangers must not be able to fill the disk with one record. */
const KEPT_BYTES = 256 << 10
const capped = (value: Uint8Array): Uint8Array => (value.length > KEPT_BYTES ? value.subarray(0, KEPT_BYTES) : value)
const hashIfCapped = (value: Uint8Array): string | null =>
  value.length > KEPT_BYTES ? hash("sha256", value, "hex") : null

interface Kept {
  readonly origin: Origin
  /** The key that it is kept under; default: its origin. */
  readonly under?: string
  readonly time: number
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly reason: ReasonCode
  readonly detail: string | null
  readonly stage: StageName
  readonly batch: Origin
  readonly handed?: Handed
}

/** A record as it came, with why it is kept. */
const keptRaw = ({ origin, under, time, key, value, reason, detail, stage, batch, handed }: Kept): NewRecord => ({
  key: Buffer.from(under ?? formatOrigin(origin)),
  value: encodeRejected({
    origin,
    time,
    key,
    value: capped(value),
    size: value.length,
    hash: hashIfCapped(value),
    reasons: [reason],
    detail,
    stage,
    batch,
    ...(handed ?? BY_NOBODY),
  }),
})

export class Collector {
  readonly decided: Array<Decided> = []
  readonly events: Array<AuditEvent> = []
  readonly releases: Array<Release> = []
  /** Devices that are to be admitted, with the presentations that earned it. */
  readonly admissions: Array<{ readonly device: string; readonly proof: AdmissionProof }> = []
  /** Proofs among the events that still lack their messages. */
  readonly proofs: Array<OpenProof> = []
  /** Devices that were erased by entries of this batch. */
  readonly erased: Array<string> = []
  private readonly outputs = new Map<string, Array<NewRecord>>()
  private readonly byReason: Partial<Record<ReasonCode, TurnedAway>> = {}
  private readonly byPrincipal = new ByPrincipal()
  /** Entries that a stage could not judge, messages or not. */
  undecidedEntries = 0
  private readonly rejectedHashes: Array<Uint8Array> = []
  /** What was read between the stages and is no entry. */
  private readonly unreadHashes: Array<Uint8Array> = []
  private firstUnread: { origin: Origin; time: number; detail: string } | null = null
  private firstRejected: { origin: Origin; time: number } | null = null
  private readonly last: AnyStage
  /** The stage, where the runner has one alone. */
  private readonly alone: StageName | null
  private readonly input: string
  /** What a runner rejects, its first stage does. */
  private readonly rejecting: StageName
  private draftCount = new Map<number, number>()

  private readonly letters: DeadLetterSource | null
  private readonly headersOf: EventHeaders | null

  /**
   * @param letters where unreadable records go as they came, beside the Rejected record; null writes none
   * @param headersOf makes the headers of decided records; null where the engine has none
   */
  constructor(
    stages: ReadonlyArray<AnyStage>,
    letters: DeadLetterSource | null = null,
    headersOf: EventHeaders | null = null,
  ) {
    this.letters = letters
    this.headersOf = headersOf
    this.last = stages.at(-1)!
    this.rejecting = stages[0]!.name
    this.alone = stages.length === 1 ? this.rejecting : null
    this.input = STAGE_STREAMS[this.rejecting].input
  }

  add(stream: string, record: NewRecord): void {
    const present = this.outputs.get(stream)
    if (present === undefined) this.outputs.set(stream, [record])
    else present.push(record)
  }

  /** What a stage asks to be recorded at a message or another entry. */
  drafts(drafts: ReadonlyArray<AuditDraft>, at: OpenMessage | Exclude<Entry, MessageEntry>, place: number): void {
    for (const draft of drafts) {
      const slot = at.origin.offset * 8 + place
      const nth = this.draftCount.get(slot) ?? 0
      this.draftCount.set(slot, nth + 1)
      if (draft.kind === "proof" && "envelope" in at)
        this.proofs.push({ event: this.events.length, earlier: draft.earlier, bytes: at.envelope.bytes })
      if (draft.kind === "control" && draft.erasure !== undefined) this.erased.push(draft.erasure.device)
      this.events.push(fromDraft(draft, at.origin, at.time, place, nth))
    }
  }

  /** @param message the presentation that earned it */
  admit(device: string, { origin, envelope }: OpenMessage): void {
    const proof = { origin, bytes: envelope.bytes }
    this.admissions.push({ device, proof })
    this.add(STREAMS.submitted, encodeAdmission(device, proof))
  }

  /** An admission that is not proven: kept as it came. */
  refusedAdmission(raw: Admission, entry: Entry, { reason, detail }: Rejection): void {
    const { key, value } = encodePassedOn(entry, raw, null)
    this.reject(raw.origin, raw.time, key, value, reason, detail)
  }

  release(release: Release): void {
    this.releases.push(release)
  }

  /** Not an entry: kept raw, with its reason. On `submitted` it is a sender's, and rejected; anywhere else it is ours. */
  unreadable(raw: Unreadable): void {
    const { origin, time, record, detail } = raw
    const reason = reasonOfUnreadable(this.input)
    if (this.input === STREAMS.submitted) this.reject(origin, time, record.key, record.value, reason, detail)
    else this.unread(raw, reason)
    if (this.letters !== null) this.add(STREAMS.deadletter, deadLetter(record, reason, detail, this.letters))
  }

  /** Which entry it was, nobody knows, and what it claims anybody could have written: so it is the decision of none. */
  private unread({ origin, time, record, detail }: Unreadable, reason: ReasonCode): void {
    const { key, value, offset } = record
    const reported = shorten(`on ${this.input}: ${detail}`)
    const under = `${this.input}/${origin.partition}/${offset}`
    this.firstUnread ??= { origin, time, detail: shorten(detail) }
    const batch = this.firstUnread.origin
    const kept = keptRaw({ origin, under, time, key, value, reason, detail: reported, stage: this.rejecting, batch })
    this.add(STREAMS.undecided, kept)
    this.unreadHashes.push(leafHash(kept.value))
    this.undecidedEntries++
  }

  /** Never authenticated: kept as it came, and nobody's state knows of it. */
  rejected({ origin, time, key, envelope }: AssayedMessage, { reason, detail, signed }: Rejection): void {
    const { bytes, principal } = envelope
    this.reject(origin, time, Buffer.from(key), bytes, reason, detail, { principal, signed })
  }

  /** A stage failed at it and nothing else: kept as it came, for the day on which the fault is mended. */
  undecided(raw: Exclude<RawEntry, Unreadable>, entry: Entry, stage: StageName, place: number, detail: string): void {
    const reported = shorten(`${SERVICE_NAMES[stage]}: ${detail}`)
    const isMessage = raw.kind === "message"
    const { key, value } = isMessage
      ? { key: Buffer.from(raw.message.key), value: raw.message.envelope.bytes }
      : encodePassedOn(entry, raw, null)
    const { origin, time } = entry
    const handed = isMessage ? { principal: raw.message.envelope.principal, signed: false } : BY_NOBODY
    const record = keptRaw({ origin, time, key, value, reason: FAULT, detail: reported, stage, batch: origin, handed })
    this.add(STREAMS.undecided, record)
    const message = isMessage ? raw.message : null
    const decision: Decision = { ...reject([FAULT]), outcome: "undecided" }
    this.events.push(
      ...undecidedEvents({ origin, time, message, decision, record: record.value, place, detail: reported }),
    )
    if (isMessage) this.decided.push({ origin, time, device: message?.claims?.iss ?? null, decision, message: null })
    this.undecidedEntries++
  }

  private reject(
    origin: Origin,
    time: number,
    key: Uint8Array,
    value: Uint8Array,
    reason: ReasonCode,
    detail: string | null,
    handed: Handed = BY_NOBODY,
  ): void {
    const reported = detail === null ? null : shorten(detail)
    this.firstRejected ??= { origin, time }
    const stage = this.rejecting
    const batch = this.firstRejected.origin
    const record = keptRaw({ origin, time, key, value, reason, detail: reported, stage, batch, handed })
    this.add(STREAMS.rejected, record)
    this.rejectedHashes.push(leafHash(record.value))
    const same = this.byReason[reason]
    if (same === undefined) this.byReason[reason] = { count: 1, first: reported }
    else same.count++
    this.byPrincipal.add(handed)
    this.decided.push({ origin, time, device: null, decision: reject([reason]), message: null, turnedAway: handed })
  }

  /** A message quarantined in this very batch, which no stream holds yet. */
  quarantinedNow(origin: Origin): AssayedMessage | null {
    const found = this.decided.find(
      (item) =>
        item.origin.offset === origin.offset &&
        item.origin.epoch === origin.epoch &&
        item.decision.outcome === "quarantined",
    )
    return found?.message ?? null
  }

  /**
   * A later decision on a held message. Released, it is issued again, marked; revoked, it stays where it is and the audit
   * record alone says so (quarantined keeps the order of submitted, by which held messages are found).
   */
  superseded(message: AssayedMessage, release: Release, nth: number): void {
    const { decision, at } = release
    this.supersede({ ...message, decision }, decision, decision.outcome === "annotated", at, nth)
  }

  /** A message that was issued, as it is decided now: on a stream of its own, for `quarantined` keeps the order of submitted. */
  takenBack(message: AssayedMessage, release: Release, nth: number): void {
    const { trust, reputation } = message.decision!
    const decision: Decision = { ...release.decision, trust, reputation }
    this.supersede({ ...message, decision }, decision, true, release.at, nth)
  }

  /** @param isWritten whether a record goes out beside the audit event */
  private supersede(
    message: AssayedMessage,
    decision: Decision,
    isWritten: boolean,
    { origin: at, time }: ControlEntry,
    nth: number,
  ): void {
    const record = isWritten ? encodeAssayed(message) : null
    if (record !== null) this.addDecided(message, decision, record)
    const device = message.claims?.iss ?? null
    const digest = message.claims?.digest ?? null
    this.events.push(supersedingEvent({ device, digest, decision, record, at, time, nth }))
  }

  /**
   * Sends the entries that are left on their way: to the next stage, or, decided, to where they belong.
   * @param mediaTypeOf of a kind of knowledge
   */
  passOn(entries: ReadonlyArray<Entry>, raw: ReadonlyArray<RawEntry>, mediaTypeOf: (kind: string) => string): void {
    const next = STAGE_STREAMS[this.last.name].output
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]!
      const item = raw[index]!
      if (next !== null) this.add(next, encodePassedOn(entry, item, this.alone))
      else if (item.kind === "message") this.decide(item)
      else if (entry.kind === "control") this.keepBody(entry, item, mediaTypeOf)
    }
  }

  /** All of the batch is judged: what is recorded once for all that was rejected or could not be read. */
  finish(): void {
    if (this.firstUnread !== null) {
      const { unreadHashes: hashes, input: stream } = this
      const place = STAGES.indexOf(this.rejecting)
      const root = rootOf(hashes)
      this.events.push(unreadEvent({ ...this.firstUnread, count: hashes.length, root, place, stream }))
    }
    if (this.firstRejected !== null) {
      const { origin, time } = this.firstRejected
      const root = Buffer.from(rootOf(this.rejectedHashes)).toString("base64url")
      const place = STAGES.indexOf(this.rejecting)
      this.events.push(
        rejectedBatchEvent(origin, time, place, this.rejectedHashes.length, root, this.byReason, this.byPrincipal),
      )
    }
  }

  /** A body that has come into force, for whoever wants to look at it. */
  private keepBody({ control }: ControlEntry, raw: RawEntry, mediaTypeOf: (kind: string) => string): void {
    const { accepted, what } = control
    if (!accepted || what.kind !== "activation") return
    if (raw.kind !== "control" || raw.control.kind !== "activation" || raw.control.body === null)
      throw new Error("what came into force has no body")
    const { item, hash, version } = what
    const { body } = raw.control
    const mediaType = mediaTypeOf(item)
    this.add(STREAMS.knowledge, {
      key: Buffer.from(hash),
      value: encodeKnowledge({ hash, kind: item, name: item, version, mediaType, body }),
    })
  }

  private addDecided(message: AssayedMessage, decision: Decision, value: Uint8Array): void {
    const key = Buffer.from(message.key)
    const { headersOf } = this
    this.add(streamOf(decision), headersOf === null ? { key, value } : { key, value, ...headersOf(message, decision) })
  }

  private decide(raw: Extract<RawEntry, { kind: "message" }>): void {
    const { message } = raw
    const decision = message.decision! // the pipeline lets no message out of the last stage without
    const value = encodeDecided(raw, this.alone)
    this.addDecided(message, decision, value)
    this.events.push(decisionEvent(message, value))
    const decided: Decided = {
      origin: message.origin,
      time: message.time,
      device: message.claims?.iss ?? null,
      decision,
      // Only a held one may be asked for again, by a command in the same batch; of all others the record is enough.
      message: decision.outcome === "quarantined" ? message : null,
    }
    this.decided.push(isUnproven(message) ? { ...decided, unproven: true } : decided)
  }

  /** What was rejected, as it is kept. */
  rejectedRecords(): ReadonlyArray<Uint8Array> {
    return this.outputs.get(STREAMS.rejected)?.map(({ value }) => value) ?? []
  }

  /** Everything but the changelog, ready to commit. */
  toOutputs(): Array<Output> {
    // An erasure last: what is sealed after it would give the device a new key, and a name in the log that stays.
    const isErasure = (event: AuditEvent): boolean => erasedIn(event) !== null
    const events =
      this.erased.length === 0
        ? this.events
        : Array.from(this.events).sort((a, b) => Number(isErasure(a)) - Number(isErasure(b)))
    for (const event of events) {
      this.add(STREAMS.audit, { key: Buffer.from(event.device ?? ""), value: encodeAudit(event) })
    }
    return [...this.outputs].map(([stream, records]) => ({ stream, records }))
  }
}
