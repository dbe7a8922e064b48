/**
 * Issues the passports of one partition: reads what was decided and what is in force, remembers it, and issues to whom it is
 * due. It begins at what is kept of each stream and keeps no position: what it has issued stands in trust.passports, and is
 * read back first. Where the log goes on from others, they are read before it, the oldest first.
 *
 * A loss of trust at an audit offset at or after the one that a passport was issued at revokes it, whenever that is read.
 */
import { randomBytes } from "node:crypto"
import type { Handler, Step } from "@assay/consumer"
import { type DeviceCredential, viewOf } from "@assay/credentials"
import { hasDocument } from "@assay/did-document"
import { BUNDLE } from "@assay/knowledge"
import { type Log, type LogRecord, partitionOf } from "@assay/log"
import type { Checkpoint } from "@assay/passport"
import {
  decodeAssayed,
  decodeAudit,
  decodeCheckpoint,
  decodeKnowledge,
  decodePassport,
  encodePassport,
  type IssuedPassport,
  type KnowledgeItem,
} from "@assay/schemas"
import type { Signer } from "@assay/signing"
import { STREAMS } from "@assay/streams"
import type { AssayedMessage, RootSet } from "@assay/trust"
import { signPassport, thumbprintOf } from "../sign.ts"
import { type CountingKey, DeviceDocuments } from "./device-documents.ts"
import { Epochs, FIRST, type Source, THEN } from "./epochs.ts"
import { type DeviceFacts, Facts } from "./facts.ts"
import { IssuedPassports, type Kept } from "./issued.ts"
import { InForce } from "./knowledge.ts"
import { holdingUnder, type NoPassport, termsOf } from "./terms.ts"
import { namesOf, type Withdrawn } from "./withdrawn.ts"

/** How often all devices are looked at for passports that grow old. */
const SWEEP_MS = 30_000
/** Signed in one step: each is a signature or two. */
const MAX_ISSUED = 64
const SERIAL_BYTES = 8
/** How far the clock of an issuer may be from the log's, milliseconds. */
const SKEW_MS = 60_000

export interface PartitionOptions {
  readonly log: Log
  /** The epochs before it, oldest first. */
  readonly former: ReadonlyArray<Log>
  readonly partition: number
  readonly roots: RootSet
  readonly signer: Signer
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What operators have revoked, shared by all partitions. */
  readonly withdrawn: Withdrawn
  /** Whether every partition was read to its end once: before that it is not known what was revoked. */
  readonly isAllRead: () => boolean
  /** A record that cannot be read is passed over. */
  readonly onUnreadable: (stream: string, offset: number, cause: unknown) => void
}

export class PassportPartition implements Handler {
  readonly #options: PartitionOptions
  readonly #facts = new Facts()
  readonly #knowledge: InForce
  readonly #documents: DeviceDocuments
  /** Devices of whose passports the key may have ended; null: all of them. */
  #changed: Set<string> | null = new Set()
  /** How many revoked keys have been carried out here. */
  #revokedKeys = 0
  readonly #epochs: Epochs
  readonly #issued = new IssuedPassports()
  /** Devices whose passport may be due, or that may have one for the first time. */
  readonly #due = new Set<string>()
  #checkpoint: Checkpoint | null = null
  /** How many of the withdrawals have been carried out here. */
  #withdrawals = 0
  /** When all devices were looked at last; 0: they must be at once. */
  #swept = 0
  #isAtEnd = false

  constructor(options: PartitionOptions) {
    this.#options = options
    this.#knowledge = new InForce(options.roots)
    this.#documents = new DeviceDocuments(options.roots)
    this.#epochs = new Epochs(options.former, options.log, options.partition)
  }

  /** The next audit offset. */
  get next(): number {
    return this.#epochs.next("audit")
  }

  get knowledge(): InForce {
    return this.#knowledge
  }

  /** Whether all that was decided has been read: before that nobody is issued anything. */
  get isAtEnd(): boolean {
    return this.#isAtEnd
  }

  async step(): Promise<Step> {
    let handled = 0
    for (const source of FIRST) {
      const first = await this.#takeNext(source)
      const more = first === 0 ? 0 : await this.#takeNext(source)
      handled += first + more
      if (more === 0) continue
      // It does not come in one piece, as after a start.
      this.#isAtEnd = false
      return { handled, atEnd: false }
    }
    for (const source of THEN) {
      const records = await this.#epochs.read(source)
      if (records.length === 0) continue
      // They may have been decided under knowledge that came since it was read.
      for (let taken = await this.#takeNext("knowledge"); taken > 0; taken = await this.#takeNext("knowledge"))
        handled += taken
      handled += this.#takeEach(source, records)
    }
    this.#isAtEnd = handled === 0 && this.#epochs.isNow
    if (handled > 0) return { handled, atEnd: false }
    if (!this.#epochs.isNow) {
      // Whatever the next epoch says comes behind all of this one.
      this.#issued.beginEpoch()
      this.#facts.beginEpoch()
      this.#epochs.goOn()
      return { handled: 0, atEnd: false }
    }
    this.#withdraw()
    this.#endKeys()
    const issued = await this.#issueDue()
    return { handled: issued, atEnd: issued < MAX_ISSUED }
  }

  /** Nothing came: time passed all the same, and passports grew old. */
  async idle(): Promise<void> {
    const now = this.#options.now()
    if (now - this.#swept < SWEEP_MS) return
    this.#swept = now
    this.#issued.sweep(now)
    this.#changed = null
    this.#endKeys()
    for (const [device, { state }] of this.#facts.all) if (state === "trusted") this.#due.add(device)
    while ((await this.#issueDue()) === MAX_ISSUED);
  }

  /** The newest passport of a device that counts; else why there is none. */
  current(did: string): IssuedPassport | NoPassport {
    const now = this.#options.now()
    const newest = this.#counting(did).findLast(({ expires }) => expires > now)
    if (newest !== undefined) return newest
    const terms = this.#terms(did)
    // It may have one, and will in a moment.
    return typeof terms === "string" ? terms : "unknown"
  }

  /** Serials of passports that run still and count no more. */
  get revoked(): ReadonlyArray<string> {
    return this.#issued.revoked(this.#options.now())
  }

  /** @returns how many records came */
  async #takeNext(source: Source): Promise<number> {
    return this.#takeEach(source, await this.#epochs.read(source))
  }

  #takeEach(source: Source, records: ReadonlyArray<LogRecord>): number {
    for (const record of records) {
      this.#take(source, record)
      this.#epochs.take(source, record)
    }
    return records.length
  }

  #take(source: Source, { offset, value }: LogRecord): void {
    try {
      if (source === "passports") this.#keep(decodePassport(value))
      else if (source === "knowledge") this.#learn(decodeKnowledge(value))
      else if (source === "checkpoints") this.#seal(decodeCheckpoint(value))
      else if (source === "audit") this.#event(offset, value)
      else this.#decided(decodeAssayed(value), source === "quarantined")
    } catch (cause) {
      this.#options.onUnreadable(STREAMS[source], offset, cause)
    }
  }

  /** Whether a device's home is here: an epoch before this one had fewer partitions. */
  #isHome(did: string): boolean {
    const { log, partition } = this.#options
    return this.#epochs.isNow || partitionOf(Buffer.from(did), log.partitions) === partition
  }

  #keep(passport: IssuedPassport): void {
    if (this.#isHome(passport.device)) this.#issued.keep(passport)
  }

  #decided(message: AssayedMessage, isWithheld: boolean): void {
    if (message.claims !== null && this.#isHome(message.claims.iss))
      this.#facts.message(message, isWithheld, this.#knowledge.documents)
  }

  /** Under other knowledge another passport may be due. */
  #learn(item: KnowledgeItem): void {
    this.#knowledge.take(item)
    const did = this.#documents.take(item, this.#knowledge.bundle)
    if (did !== null) {
      this.#changed?.add(did)
      if (this.#facts.get(did)?.state === "trusted") this.#due.add(did)
      return
    }
    if (item.kind === BUNDLE.name) this.#changed = null
    this.#swept = 0
  }

  #seal({ size, root }: { readonly size: number; readonly root: Uint8Array }): void {
    if (!this.#epochs.isNow) return
    const { log, partition } = this.#options
    this.#checkpoint = { epoch: log.epoch, partition, size, root: Buffer.from(root).toString("base64url") }
  }

  #event(offset: number, value: Uint8Array): void {
    const event = decodeAudit(value)
    this.#options.withdrawn.take(event)
    if (event.device !== null && !this.#isHome(event.device)) return
    const lost = this.#facts.audit(event)
    const isBack = (event.kind === "transition" && event.to === "trusted") || (event.kind === "life" && lost === null)
    if (isBack && event.device !== null) this.#due.add(event.device)
    if (event.kind === "appraisal" && event.device !== null) this.#appraised(event.device, offset)
    if (lost !== null) this.#issued.revoke(lost, ({ audit }) => audit <= offset)
  }

  /** Passports that rest on what was revoked count no more; its device may get one by another credential. */
  #withdraw(): void {
    const { withdrawn, now } = this.#options
    const from = this.#withdrawals
    if (from === withdrawn.count) return
    this.#withdrawals = withdrawn.count
    const holds = holdingUnder(this.#knowledge, now())
    for (const [device, facts] of this.#facts.all) {
      const { credentials, past } = facts
      for (const place of withdrawn.placesOf(past && [...credentials.flatMap(namesOf), ...past], from)) {
        if (!this.#mayRestOn(place, facts, holds)) continue
        this.#due.add(device)
        const until = withdrawn.timeOf(place) + SKEW_MS
        // One that was issued later was issued without it; where clocks differ, one too many is issued anew.
        this.#issued.revoke(device, ({ issued }) => issued <= until)
      }
    }
  }

  /** Passports for keys that the documents of their devices list no more, or that operators have revoked, count no more. */
  #endKeys(): void {
    const { withdrawn, now } = this.#options
    if (this.#revokedKeys !== withdrawn.keys) this.#changed = null
    this.#revokedKeys = withdrawn.keys
    const { bundle } = this.#knowledge
    for (const did of this.#changed ?? this.#documents.all)
      this.#issued.revoke(did, ({ jkt }) => {
        const key = this.#documents.withThumbprint(did, jkt, bundle, now())
        return key === null || withdrawn.hasKey(did, key)
      })
    this.#changed = new Set()
  }

  /** The key that a device signs with, by its document. Undefined where its DID is its key; null where none counts. */
  #keyOf(did: string): CountingKey | null | undefined {
    if (!hasDocument(did)) return undefined
    const fragment = this.#facts.get(did)?.fragment ?? null
    return fragment === null ? null : this.listed(did, fragment)
  }

  /** The key of this name in the document of a device, and until when it counts; null where none does. */
  listed(did: string, fragment: string): CountingKey | null {
    const { withdrawn, now } = this.#options
    const found = this.#documents.named(did, fragment, this.#knowledge.bundle, now())
    return found === null || withdrawn.hasKey(did, found.key) ? null : found
  }

  /**
   * Whether a passport may have been issued by what this one withdraws: by the first credential that held then. What holds no more, or is
   * shown no more, may have held: also where it is withdrawn long after, or read again after a restart.
   */
  #mayRestOn(place: number, { credentials, past }: DeviceFacts, holds: ReturnType<typeof holdingUnder>): boolean {
    const { withdrawn } = this.#options
    if (past === null || withdrawn.isBy(place, past)) return true
    const isBy = (one: DeviceCredential): boolean => withdrawn.isBy(place, namesOf(one))
    const first = credentials.find((one) => !withdrawn.hasBefore(place, one) && (isBy(one) || holds(one)))
    return first === undefined || isBy(first)
  }

  /** What was issued before says something else of the hardware: less is replaced, and more counts no longer. */
  #appraised(device: string, offset: number): void {
    const isEarlier = ({ audit }: Kept): boolean => audit <= offset
    if (this.#facts.get(device)?.ear?.status === "affirming") this.#issued.outdate(device, isEarlier)
    else this.#issued.revoke(device, isEarlier)
    this.#due.add(device)
  }

  /** Those that devices still believe: not revoked, and of a signer that the slice of their zone names. */
  #counting(did: string): ReadonlyArray<Kept> {
    return this.#issued.counting(did).filter(({ zone, iss }) => {
      const slice = this.#knowledge.slice(zone)
      return slice === null || slice.body.signers.includes(iss)
    })
  }

  #terms(did: string, key = this.#keyOf(did)) {
    const { signer, now, withdrawn } = this.#options
    const { bundle, items } = this.#knowledge
    const view = bundle === null ? null : viewOf(bundle, items)
    return termsOf({
      did,
      facts: this.#facts.get(did),
      knowledge: this.#knowledge,
      isWithdrawn: (credential) =>
        withdrawn.has(credential) || (view !== null && withdrawn.hasListOf(credential, view)),
      keyEnds: key === undefined ? Number.POSITIVE_INFINITY : (key?.ends ?? null),
      signer: signer.did,
      now: now(),
      serial: randomBytes(SERIAL_BYTES).toString("base64url"),
      log: this.#checkpoint,
    })
  }

  /** A new one when half of the life of the last is over, or when it counts no more. */
  #isDue(did: string, key: CountingKey | null | undefined): boolean {
    const now = this.#options.now()
    const jkt = key == null ? null : thumbprintOf(key.key)
    return !this.#counting(did).some(
      (one) =>
        !this.#issued.isOutdated(one) &&
        now < one.issued + (one.expires - one.issued) / 2 &&
        (jkt === null || one.jkt === jkt),
    )
  }

  async #issueDue(): Promise<number> {
    const { log, partition, signer, isAllRead } = this.#options
    if (!isAllRead()) return 0
    const made: Array<IssuedPassport> = []
    for (const did of this.#due) {
      if (made.length === MAX_ISSUED) break
      this.#due.delete(did)
      const key = this.#keyOf(did)
      const terms = this.#isDue(did, key) ? this.#terms(did, key) : "state"
      if (typeof terms === "string") continue
      const { jwt, cwt } = await signPassport(terms, signer, key?.key)
      made.push({
        device: did,
        serial: terms.jti,
        zone: terms.m2m.zone,
        issued: terms.iat * 1_000,
        expires: terms.exp * 1_000,
        audit: this.next,
        jwt: Buffer.from(jwt).toString("latin1"),
        cwt,
      })
    }
    if (made.length === 0) return 0
    const records = made.map((passport) => ({ key: Buffer.from(passport.device), value: encodePassport(passport) }))
    await log.append({ stream: STREAMS.passports, partition }, records)
    for (const passport of made) this.#issued.keep(passport)
    return made.length
  }
}
