/** The bundle and the endorsements in force, from what the deciding stage recorded. */
import { type OpenedEndorsements, openEndorsements } from "@assay/attestation"
import { BUNDLE, ENDORSEMENTS, KnowledgeInForce } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeKnowledge, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { RootSet, TrustBundle } from "@assay/trust"

const MAX_RECORDS = 64
const MAX_BYTES = 4 << 20
/** All that is read of here is activated on every partition, so one tells of it. */
const PARTITION = 0

export class InForce {
  readonly #log: Log
  readonly #knowledge: KnowledgeInForce
  #next = 0
  #reading: Promise<void> = Promise.resolve()

  /** @param roots the pinned ones */
  constructor(log: Log, roots: RootSet) {
    this.#log = log
    this.#knowledge = new KnowledgeInForce(roots, [BUNDLE, ENDORSEMENTS])
  }

  /** Null before the first bundle. */
  get bundle(): TrustBundle | null {
    return this.#knowledge.get(BUNDLE)?.body ?? null
  }

  /** Of the vendors that have any, in force at `now` (milliseconds since 1970). */
  endorsements(now: number): ReadonlyArray<OpenedEndorsements> {
    const running = this.#knowledge.all(ENDORSEMENTS).filter(({ expires }) => expires > now)
    return running.map(({ body }) => openEndorsements(body))
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
        if (item !== null) this.#knowledge.take(item)
      }
      this.#next = (records.at(-1)?.offset ?? from - 1) + 1
      if (records.length === 0) return
    }
  }
}
