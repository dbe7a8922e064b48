/** Gathers what a batch produces, stream by stream. Encoding happens once, at the end. */
import { hash } from "node:crypto"
import type { NewRecord, Output } from "@assay/log"
import { encodeAssayed, encodeAudit, encodeRejected } from "@assay/schemas"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { leafHash, rootOf } from "@assay/transparency"
import type {
  AnyStage,
  AssayedMessage,
  AuditDraft,
  AuditEvent,
  ControlEntry,
  Decision,
  Entry,
  Origin,
} from "@assay/trust"
import { encodeAdmission, encodePassedOn, type RawEntry } from "../order/entries.ts"
import { decisionEvent, fromDraft, rejectedBatchEvent, supersedingEvent } from "./audit.ts"
import { type DeadLetterSource, deadLetter } from "./deadletter.ts"

export interface Release {
  readonly origin: Origin
  readonly decision: Decision
  /** The control entry that caused it. */
  readonly at: ControlEntry
}

const MALFORMED = "identity.malformed_record"

type Unreadable = Extract<RawEntry, { kind: "unreadable" }>

const DECIDED = { verified: STREAMS.verified, annotated: STREAMS.annotated, quarantined: STREAMS.quarantined } as const

/** How a batch ended: for metrics, progress and replay. */
export interface Decided {
  readonly origin: Origin
  readonly time: number
  readonly device: string | null
  readonly decision: Decision
  readonly message: AssayedMessage | null
}

/** What is larger is kept as its head and its hash: strangers must not be able to fill the disk with one record. */
const KEPT_BYTES = 256 << 10
const capped = (value: Uint8Array): Uint8Array => (value.length > KEPT_BYTES ? value.subarray(0, KEPT_BYTES) : value)
const hashIfCapped = (value: Uint8Array): string | null =>
  value.length > KEPT_BYTES ? hash("sha256", value, "hex") : null

export class Collector {
  readonly decided: Array<Decided> = []
  readonly events: Array<AuditEvent> = []
  readonly releases: Array<Release> = []
  private readonly outputs = new Map<string, Array<NewRecord>>()
  private readonly byReason: Record<string, number> = {}
  private readonly rejectedHashes: Array<Uint8Array> = []
  private firstRejected: { origin: Origin; time: number } | null = null
  private readonly last: AnyStage
  private readonly input: string
  private draftCount = new Map<number, number>()

  private readonly letters: DeadLetterSource | null

  /** @param letters where unreadable records go as they came, beside the Rejected record; null writes none */
  constructor(stages: ReadonlyArray<AnyStage>, letters: DeadLetterSource | null = null) {
    this.letters = letters
    this.last = stages.at(-1)!
    this.input = STAGE_STREAMS[stages[0]!.name].input
  }

  add(stream: string, record: NewRecord): void {
    const present = this.outputs.get(stream)
    if (present === undefined) this.outputs.set(stream, [record])
    else present.push(record)
  }

  drafts(drafts: ReadonlyArray<AuditDraft>, at: Entry, place: number): void {
    for (const draft of drafts) {
      const slot = at.origin.offset * 8 + place
      const nth = this.draftCount.get(slot) ?? 0
      this.draftCount.set(slot, nth + 1)
      this.events.push(fromDraft(draft, at.origin, at.time, place, nth))
    }
  }

  admit(device: string): void {
    this.add(STREAMS.submitted, encodeAdmission(device))
  }

  release(release: Release): void {
    this.releases.push(release)
  }

  /** Not an entry: kept raw, with its reason. */
  unreadable(raw: Unreadable): void {
    const { origin, record, detail } = raw
    const told = origin.offset < 0 ? `on ${this.input}: ${detail}` : detail
    this.reject(origin, raw.time, record.key, record.value, [MALFORMED], told)
    if (this.letters !== null) this.add(STREAMS.deadletter, deadLetter(record, MALFORMED, detail, this.letters))
  }

  /** Never authenticated: kept as it came, and nobody's state knows of it. */
  rejected(message: AssayedMessage): void {
    const decision = message.decision!
    this.reject(message.origin, message.time, Buffer.from(message.key), message.envelope.bytes, decision.reasons, null)
  }

  private reject(
    origin: Origin,
    time: number,
    key: Uint8Array,
    value: Uint8Array,
    reasons: Decision["reasons"],
    detail: string | null,
  ): void {
    const record = encodeRejected({
      origin,
      time,
      key,
      value: capped(value),
      size: value.length,
      hash: hashIfCapped(value),
      reasons,
      detail,
    })
    this.add(STREAMS.rejected, {
      key: Buffer.from(`${origin.epoch}/${origin.partition}/${origin.offset}`),
      value: record,
    })
    this.rejectedHashes.push(leafHash(record))
    for (const reason of reasons) this.byReason[reason] = (this.byReason[reason] ?? 0) + 1
    this.firstRejected ??= { origin, time }
    const decision: Decision = {
      outcome: "rejected",
      reasons,
      trust: null,
      reputation: null,
      kind: "original",
      supersedes: null,
    }
    this.decided.push({ origin, time, device: null, decision, message: null })
  }

  /** A message quarantined in this very batch, which no stream holds yet. */
  quarantinedNow(origin: Origin): AssayedMessage | null {
    const found = this.decided.find(
      (item) => item.origin.offset === origin.offset && item.decision.outcome === "quarantined",
    )
    return found?.message ?? null
  }

  /**
   * A later decision on a held message. Released, it is issued again, marked; revoked, it stays where it is and the audit
   * record alone says so (quarantined keeps the order of submitted, by which held messages are found).
   */
  superseded(message: AssayedMessage, release: Release, nth: number): void {
    const again: AssayedMessage = { ...message, decision: release.decision }
    if (release.decision.outcome === "annotated") {
      this.add(STREAMS.annotated, { key: Buffer.from(message.key), value: encodeAssayed(again) })
    }
    const claims = message.claims
    this.events.push(
      supersedingEvent(
        claims?.iss ?? null,
        claims?.digest ?? null,
        release.decision,
        release.at.origin,
        release.at.time,
        nth,
      ),
    )
  }

  /** Sends the entries that are left on their way: to the next stage, or, decided, to where they belong. */
  finish(entries: ReadonlyArray<Entry>, raw: ReadonlyArray<RawEntry>): void {
    const next = STAGE_STREAMS[this.last.name].output
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]!
      if (next !== null) this.add(next, encodePassedOn(entry, raw[index]!))
      else if (entry.kind === "message") this.decide(entry.message)
    }
    if (this.firstRejected !== null) {
      const { origin, time } = this.firstRejected
      const root = Buffer.from(rootOf(this.rejectedHashes)).toString("base64url")
      this.events.push(rejectedBatchEvent(origin, time, this.rejectedHashes.length, root, this.byReason))
    }
  }

  private decide(message: AssayedMessage): void {
    const decision = message.decision
    if (decision === null || decision.outcome === "rejected") {
      throw new Error(
        `anomaly-quarantine left ${message.origin.partition}/${message.origin.offset} undecided: report this`,
      )
    }
    this.add(DECIDED[decision.outcome], { key: Buffer.from(message.key), value: encodeAssayed(message) })
    this.events.push(decisionEvent(message))
    this.decided.push({
      origin: message.origin,
      time: message.time,
      device: message.claims?.iss ?? null,
      decision,
      message,
    })
  }

  /** Everything but the changelog, ready to commit. */
  toOutputs(): Array<Output> {
    for (const event of this.events) {
      this.add(STREAMS.audit, { key: Buffer.from(event.device ?? ""), value: encodeAudit(event) })
    }
    return [...this.outputs].map(([stream, records]) => ({ stream, records }))
  }
}
