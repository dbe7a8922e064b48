/** The bundle and the endorsements in force, from what the deciding stage recorded. Signatures are checked again. */
import { type Endorsements, type OpenedEndorsements, openEndorsements } from "@assay/attestation"
import { BUNDLE, ENDORSEMENTS } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeKnowledge, type KnowledgeItem, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { RootSet, TrustBundle } from "@assay/trust"

const MAX_RECORDS = 64
const MAX_BYTES = 4 << 20
/** All that is read of here is activated on every partition, so one tells of it. */
const PARTITION = 0

export class InForce {
  readonly #log: Log
  #roots: RootSet
  #next = 0
  #bundle: TrustBundle | null = null
  readonly #endorsements = new Map<string, Endorsements>()
  #reading: Promise<void> = Promise.resolve()

  /** @param roots the pinned ones; bundles lead on from there */
  constructor(log: Log, roots: RootSet) {
    this.#log = log
    this.#roots = roots
  }

  /** Null before the first bundle. */
  get bundle(): TrustBundle | null {
    return this.#bundle
  }

  /** Of the vendors that have any, in force at `now` (milliseconds since 1970). */
  endorsements(now: number): ReadonlyArray<OpenedEndorsements> {
    return [...this.#endorsements.values()].filter(({ expires }) => expires > now).map(openEndorsements)
  }

  /** Reads what came since the last call; calls that overlap wait for each other. @throws what the log throws */
  refresh(): Promise<void> {
    const read = this.#reading.catch(() => undefined).then(() => this.#read())
    this.#reading = read
    return read
  }

  async #read(): Promise<void> {
    const at = { stream: STREAMS.knowledge, partition: PARTITION }
    for (;;) {
      const from = Math.max(this.#next, (await this.#log.bounds(at)).start)
      const records = await this.#log.read(at, from, MAX_RECORDS, MAX_BYTES)
      for (const { value } of records) {
        const item = readable(() => decodeKnowledge(value))
        if (item !== null) this.#take(item)
      }
      this.#next = (records.at(-1)?.offset ?? from - 1) + 1
      if (records.length === 0) return
    }
  }

  #take({ kind, body }: KnowledgeItem): void {
    const context = { roots: this.#roots, bundle: null }
    if (kind === BUNDLE.name) {
      const opened = BUNDLE.open(body, context)
      if ("reasons" in opened || opened.version <= (this.#bundle?.version ?? -1)) return
      this.#bundle = opened.body
      this.#roots = opened.nextRoots ?? this.#roots
    } else if (kind === ENDORSEMENTS.name) {
      const opened = ENDORSEMENTS.open(body, context)
      if ("reasons" in opened || opened.version <= (this.#endorsements.get(opened.subject)?.version ?? -1)) return
      this.#endorsements.set(opened.subject, opened.body)
    }
  }
}
