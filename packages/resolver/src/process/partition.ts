/**
 * What one partition of the log tells the resolver: the bundle in force, which documents are known and how old they are, and who was
 * turned away for want of one. It keeps no position: knowledge is read from its beginning, and of what was rejected the last part,
 * since a device that still waits asks again.
 */
import type { Handler, Step } from "@assay/consumer"
import { dssePayload, isObject, parseStrictObject } from "@assay/jose"
import {
  BUNDLE,
  DID_DOCUMENT,
  DID_UNAVAILABLE,
  KnowledgeInForce,
  SIGNER_DOCUMENT,
  STATUS_LIST,
  TRUST_REGISTRY,
} from "@assay/knowledge"
import { type Log, LostRecordsError } from "@assay/log"
import { decodeKnowledge, decodeRejected, type KnowledgeItem, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Active, PublishedStatusList, RegistryAnswers, RootSet, TrustBundle } from "@assay/trust"
import type { StatusLists } from "../lists/follow.ts"
import type { Registries } from "../registries/renew.ts"
import type { Schedule } from "../schedule/schedule.ts"
import type { Signers } from "../signers/follow.ts"
import { askedBy } from "./asks.ts"
import type { Watch } from "./watch.ts"

const MAX_RECORDS = 256
const MAX_BYTES = 4 << 20
/** Rejected records before the end that are looked at after a start. */
const LOOKS_BACK = 10_000

export interface PartitionOptions {
  readonly log: Pick<Log, "read" | "bounds">
  readonly partition: number
  readonly roots: RootSet
  readonly schedule: Schedule
  readonly lists: StatusLists
  readonly signers: Signers
  readonly registries: Registries
  readonly watch: Watch
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Something was asked for. */
  readonly onAsked: () => void
}

/** The members of an item's payload. Its signatures were checked when it came into force; here it only says when to look again. */
const payloadOf = (body: Uint8Array): Record<string, unknown> | null => {
  const payload = dssePayload(body)
  const read = payload === null ? null : parseStrictObject(payload)
  return read === null || "reason" in read || !isObject(read.value) ? null : read.value
}

export class ResolverPartition implements Handler {
  readonly #options: PartitionOptions
  readonly #knowledge: KnowledgeInForce
  #knowledgeNext: number | null = null
  #rejectedNext: number | null = null

  constructor(options: PartitionOptions) {
    this.#options = options
    this.#knowledge = new KnowledgeInForce(options.roots, [BUNDLE, TRUST_REGISTRY, SIGNER_DOCUMENT, STATUS_LIST])
  }

  get next(): number {
    return this.#rejectedNext ?? 0
  }

  get bundle(): Active<TrustBundle> | null {
    return this.#knowledge.get(BUNDLE)
  }

  async step(): Promise<Step> {
    const { log, partition, schedule, watch, now, onAsked } = this.#options
    const knowledge = { stream: STREAMS.knowledge, partition }
    this.#knowledgeNext ??= (await log.bounds(knowledge)).start
    const items = await log.read(knowledge, this.#knowledgeNext, MAX_RECORDS, MAX_BYTES)
    for (const { value, offset } of items) {
      const item = readable(() => decodeKnowledge(value))
      if (item !== null) this.#learn(item)
      this.#knowledgeNext = offset + 1
    }
    // What is known counts before what is asked for.
    if (items.length > 0) return { handled: items.length, atEnd: false }
    const rejected = { stream: STREAMS.rejected, partition }
    if (this.#rejectedNext === null) {
      const { start, end } = await log.bounds(rejected)
      this.#rejectedNext = Math.max(start, end - LOOKS_BACK)
    }
    const records = await log
      .read(rejected, this.#rejectedNext, MAX_RECORDS, MAX_BYTES)
      .catch(async (cause: unknown) => {
        if (!(cause instanceof LostRecordsError)) throw cause
        // Whoever asked there asks again.
        this.#rejectedNext = (await log.bounds(rejected)).start
        return []
      })
    let asked = false
    for (const { value, offset } of records) {
      const record = readable(() => decodeRejected(value))
      const did = record === null ? null : askedBy(record, this.bundle, this.#knowledge.items)
      const outcome = did === null ? null : schedule.ask(did, record!.principal, now())
      if (outcome !== null) watch.asked(outcome)
      if (outcome === "asked") asked = true
      this.#rejectedNext = offset + 1
    }
    if (asked) onAsked()
    return { handled: records.length, atEnd: records.length < MAX_RECORDS }
  }

  #answered(item: Active<RegistryAnswers>): void {
    const { lists, signers, registries } = this.#options
    registries.inForce(item.body)
    signers.answered(item.body)
    lists.answered(item)
  }

  #signerDocument({ body }: KnowledgeItem): void {
    const { did, checked, published, witness = null } = payloadOf(body) ?? {}
    if (typeof did !== "string" || typeof checked !== "number" || typeof published !== "string") return
    this.#options.signers.inForce({ did, checked, published, witness: typeof witness === "string" ? witness : null })
  }

  #learn(item: KnowledgeItem): void {
    const { schedule, lists, signers, registries } = this.#options
    const taken = this.#knowledge.take(item)
    if (item.kind === BUNDLE.name) for (const one of [registries, signers, lists]) one.trust(this.bundle?.body ?? null)
    if (item.kind === TRUST_REGISTRY.name && taken !== null) this.#answered(taken.active as Active<RegistryAnswers>)
    if (item.kind === STATUS_LIST.name && taken !== null) lists.inForce(taken.active.body as PublishedStatusList)
    if (item.kind === SIGNER_DOCUMENT.name && taken !== null) this.#signerDocument(item)
    if (item.kind !== DID_DOCUMENT && item.kind !== DID_UNAVAILABLE) return
    const payload = payloadOf(item.body)
    const { did, checked, expires, again } = payload ?? {}
    if (typeof did !== "string" || typeof checked !== "number") return
    if (typeof expires === "number") schedule.found(did, { checked, expires })
    else if (typeof again === "number") schedule.notFound(did, { checked, again })
  }
}
