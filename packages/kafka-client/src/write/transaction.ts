/**
 * A group's hold on one input partition: a transactional id that belongs to it for ever, whoever runs it. Taking it fences
 * the former owner (its producer epoch is too old from then on) and waits until what it left open is committed or gone.
 *
 * One commit is one transaction, in the version that the cluster has (`transaction-version.ts`): all batches and the group's offset
 * are sent, and EndTxn decides. Whether an EndTxn whose answer was lost took effect is read off the group's offset afterwards, which bears
 * the mark of the commit. kafkajs's own producer cannot do that: a failed commit leaves it in a state without a way out.
 */
import { randomUUID } from "node:crypto"
import { FencedError, type NewRecord, TakenOverError } from "@assay/log"
import type { Cluster } from "../cluster/cluster.ts"
import { isFenced, isTooLarge } from "../cluster/outcome.ts"
import type { TransactionOf } from "../kafkajs/broker.ts"
import { positionOf } from "../read/offsets.ts"
import { finish, type Packed, pack } from "../wire/encode.ts"
import type { Produced } from "../wire/requests.ts"
import type { NextProducer } from "../wire/transactions.ts"
import { type Left, leftBy, settle } from "./settle.ts"
import { type TransactionVersion, versionOf } from "./transaction-version.ts"

export interface TransactionalIdOptions {
  readonly cluster: Cluster
  /** Names as the brokers know them. */
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** What errors call them. */
  readonly names: { readonly group: string; readonly topic: string }
  readonly transactionalId: string
  /** All topics that the id may write to; empty where that is not known. */
  readonly writes: ReadonlyArray<string>
  readonly transactionTimeoutMs: number
  readonly retryMs: number
  readonly zstd: boolean
}

/** What one transaction does. */
export interface Commit {
  /** The position that it starts from; refused if the group's differs. */
  readonly from: number
  /** The next offset to read. */
  readonly next: number
  /** Written to the id's partition of each topic. */
  readonly outputs: ReadonlyArray<{ readonly topic: string; readonly records: ReadonlyArray<NewRecord> }>
}

/** The outputs of a commit by topic, packed; empty ones left out. */
type Parts = ReadonlyArray<{ readonly topic: string; readonly packed: Packed }>

interface Held {
  readonly version: TransactionVersion
  of: TransactionOf
  /** What the last commit before it was taken was marked with. */
  readonly mark: string
  readonly sequences: Map<string, number>
  position: number
}

const MAX_SEQUENCE = 1 << 30
/** The coordinator gives another producer id where the epoch is 32,766. */
export const LAST_EPOCHS = 32_765

/** Two who take an id at once may fence each other in the middle of it. Whoever is still meant to have it asks again. */
const asConcurrent = (cause: unknown): never => {
  if (!isFenced(cause)) throw cause
  throw Object.assign(new Error("another process takes the id at this moment", { cause }), {
    name: "KafkaJSProtocolError",
    type: "CONCURRENT_TRANSACTIONS",
  })
}

export class TransactionalId {
  readonly #options: TransactionalIdOptions
  #held: Held | null = null
  /** How what is to be settled was decided; kept over failed attempts, since InitProducerId makes the coordinator forget. */
  #left: Left | null = null
  /** Commits of one partition come one after the other. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: TransactionalIdOptions) {
    this.#options = options
  }

  /** The position as of the last take or commit; null where this process does not hold the partition. */
  get position(): number | null {
    return this.#held?.position ?? null
  }

  /** @param known where the brokers have no position, this one counts */
  take(known = 0): Promise<number> {
    return this.#alone(async () => (await this.#take(known)).position)
  }

  /**
   * @returns what the broker says of each batch
   * @throws FencedError where `from` is not the position; TakenOverError; UnavailableError
   */
  commit(commit: Commit): Promise<ReadonlyArray<Produced>> {
    return this.#alone(async () => {
      const { group, topic } = this.#options.names
      const held = this.#held ?? (await this.#take(0))
      if (held.position !== commit.from) throw new FencedError(group, topic, commit.from, held.position)
      const parts: Parts = await Promise.all(
        commit.outputs
          .filter(({ records }) => records.length > 0)
          .map(async ({ topic, records }) => ({ topic, packed: await pack(records, this.#options.zstd) })),
      )
      return this.#transact(commit, parts)
    })
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  async #take(known: number): Promise<Held> {
    const { cluster, group, topic, partition, transactionalId, transactionTimeoutMs, writes } = this.#options
    this.#held = null
    const of = await cluster.retrying(`taking ${transactionalId}`, async () => {
      const left = await leftBy(cluster, transactionalId, this.#left)
      this.#left = left
      const broker = await cluster.coordinator("transaction", transactionalId)
      const { producerId, producerEpoch } = await broker
        .initProducerId({ transactionalId, transactionTimeout: transactionTimeoutMs })
        .catch(asConcurrent)
      const initialised = { transactionalId, producerId, producerEpoch }
      if (left !== "none") await settle(cluster, initialised, left, { group, topics: writes, partition })
      this.#left = null
      return initialised
    })
    const { offset, mark } = await positionOf(cluster, group, topic, partition)
    const version = await cluster.retrying("asking for features", () => versionOf(cluster))
    this.#held = { version, of, mark, sequences: new Map(), position: offset ?? known }
    return this.#held
  }

  /**
   * Goes on as the producer that the coordinator answered with. Before an id whose epochs are used up is left for another, what may
   * lie open of it is ended (`settle.ts`): the markers of another id would not end it.
   */
  async #ended(held: Held, next: NextProducer): Promise<void> {
    const { producerId, producerEpoch } = held.of
    if (next.producerId === producerId && next.producerEpoch === producerEpoch) return
    held.of = { ...held.of, ...next }
    held.sequences.clear() // they count from the beginning of an epoch
    if (next.producerEpoch < LAST_EPOCHS) return
    const { cluster, group, partition, writes } = this.#options
    // Where that fails the id is taken anew, which does it too.
    await settle(cluster, held.of, "commit", { group, topics: writes, partition }).catch(() => {
      this.#held = null
    })
  }

  /** Tries until the outcome is certain. The packed outputs stay the same over all attempts. */
  async #transact(commit: Commit, parts: Parts): Promise<ReadonlyArray<Produced>> {
    const { cluster, names, partition } = this.#options
    const mark = randomUUID()
    let sent: ReadonlyArray<Produced> = []
    let ending = false
    const attempt = async (): Promise<void> => {
      if (this.#held === null) {
        // An attempt failed. Whatever it left is settled by taking the id again; the mark tells whether it had got through.
        const taken = await this.#take(commit.from)
        if (ending && taken.mark === mark) return
        if (taken.position !== commit.from) throw new FencedError(names.group, names.topic, commit.from, taken.position)
      }
      const held = this.#held!
      try {
        sent = await this.#send(held, commit, mark, parts)
        ending = true
        await this.#ended(held, await held.version.end(cluster, held.of))
        held.position = commit.next
        if (parts.some(({ topic }) => (held.sequences.get(topic) ?? 0) > MAX_SEQUENCE)) this.#held = null
      } catch (cause) {
        this.#held = null
        throw cause
      }
    }
    try {
      await cluster.retrying(`committing ${names.topic}/${partition} of ${names.group}`, attempt)
    } catch (cause) {
      this.#held = null
      if (isFenced(cause)) throw new TakenOverError(names.group, names.topic, partition, cause)
      if (isTooLarge(cause)) {
        const largest = Math.max(...parts.map(({ packed }) => packed.bytes.length))
        throw new RangeError(`a batch of ${largest} bytes is larger than its topic takes (max.message.bytes)`, {
          cause,
        })
      }
      throw cause
    }
    return sent
  }

  async #send(held: Held, commit: Commit, mark: string, parts: Parts): Promise<ReadonlyArray<Produced>> {
    const { cluster, group, topic, partition } = this.#options
    const { of, sequences } = held
    const now = Date.now()
    const batches = parts.map((part) => {
      const sequence = sequences.get(part.topic) ?? 0
      const batch = finish(part.packed, { id: of.producerId, epoch: of.producerEpoch }, sequence, true, now)
      sequences.set(part.topic, sequence + part.packed.count)
      return { topic: part.topic, partition, batch }
    })
    const offset = { groupId: group, topic, partition, offset: String(commit.next), metadata: mark }
    return held.version.send(cluster, of, batches, offset)
  }
}
