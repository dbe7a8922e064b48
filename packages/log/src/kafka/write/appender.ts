/**
 * Appends outside any consumer (ingress, ticks, controls), as an idempotent producer: an attempt that is repeated after a lost
 * answer is recognised by its sequence number. Calls for one partition that come while a batch is on its way share the next.
 */
import { UnavailableError } from "../../errors.ts"
import type { NewRecord } from "../../port.ts"
import type { Cluster } from "../cluster.ts"
import { isOutOfSequence, isTooLarge } from "../outcome.ts"
import { finish, type ProducerState, pack } from "../wire/encode.ts"
import { produce } from "./produce.ts"

export interface Appended {
  readonly offset: number
  readonly time: number
}

interface Call {
  readonly records: ReadonlyArray<NewRecord>
  readonly bytes: number
  readonly resolve: (appended: Appended) => void
  readonly reject: (cause: unknown) => void
}

interface Queue {
  readonly calls: Array<Call>
  busy: boolean
}

/** Calls share a batch up to here; one call is always one batch, so that its records stand next to each other. */
const SHARED_BYTES = 1 << 20
/** The broker counts sequences up to 2^31; a new producer id begins long before. */
const MAX_SEQUENCE = 1 << 30

const bytesOf = (records: ReadonlyArray<NewRecord>): number => {
  let bytes = 0
  for (const { key, value } of records) bytes += key.length + value.length
  return bytes
}

export class Appender {
  readonly #cluster: Cluster
  readonly #zstd: boolean
  readonly #queues = new Map<string, Queue>()
  /** Sequence numbers belong to a producer id; both are thrown away together. */
  #producer: Promise<ProducerState> | null = null
  #sequences = new Map<string, number>()

  constructor(cluster: Cluster, zstd: boolean) {
    this.#cluster = cluster
    this.#zstd = zstd
  }

  /**
   * Resolves when the records are on all replicas in sync.
   * @throws UnavailableError: they may or may not have been appended
   * @throws RangeError where the broker takes no batch of this size
   */
  append(topic: string, partition: number, records: ReadonlyArray<NewRecord>): Promise<Appended> {
    const name = `${topic}/${partition}`
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = { calls: [], busy: false }
      this.#queues.set(name, queue)
    }
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    queue.calls.push({ records, bytes: bytesOf(records), resolve, reject })
    if (!queue.busy) void this.#work(topic, partition, queue)
    return promise
  }

  async #work(topic: string, partition: number, queue: Queue): Promise<void> {
    queue.busy = true
    while (queue.calls.length > 0) {
      const calls = [queue.calls.shift()!]
      let bytes = calls[0]!.bytes
      while (queue.calls.length > 0 && bytes + queue.calls[0]!.bytes <= SHARED_BYTES) {
        bytes += queue.calls[0]!.bytes
        calls.push(queue.calls.shift()!)
      }
      try {
        const { offset, time } = await this.#send(
          topic,
          partition,
          calls.flatMap(({ records }) => records),
        )
        let at = offset
        for (const call of calls) {
          call.resolve({ offset: at, time })
          at += call.records.length
        }
      } catch (cause) {
        for (const call of calls) call.reject(cause)
      }
    }
    queue.busy = false
  }

  async #send(topic: string, partition: number, records: ReadonlyArray<NewRecord>): Promise<Appended> {
    const name = `${topic}/${partition}`
    const packed = await pack(records, this.#zstd)
    const attempt = async (): Promise<Appended> => {
      const producing = this.#identity()
      const producer = await producing
      const sequence = this.#sequences.get(name) ?? 0
      const now = Date.now()
      const batch = finish(packed, producer, sequence, false, now)
      try {
        const [produced] = await produce(this.#cluster, null, [{ topic, partition, batch }])
        if (this.#producer === producing) this.#sequences.set(name, sequence + records.length)
        if (sequence > MAX_SEQUENCE) this.#forget(producing)
        return { offset: produced!.baseOffset, time: produced!.appendTime < 0 ? now : produced!.appendTime }
      } catch (cause) {
        if (isOutOfSequence(cause)) this.#forget(producing)
        throw cause
      }
    }
    try {
      return await this.#cluster.retrying(`appending to ${name}`, attempt)
    } catch (cause) {
      if (isTooLarge(cause))
        throw new RangeError(
          `a batch of ${packed.bytes.length} bytes is larger than ${topic} takes (max.message.bytes)`,
          { cause },
        )
      // Whether the last attempt arrived is not known: its sequence number must not be used for other records.
      if (cause instanceof UnavailableError) this.#producer = null
      throw cause
    }
  }

  #identity(): Promise<ProducerState> {
    if (this.#producer !== null) return this.#producer
    this.#sequences = new Map()
    const asked = this.#cluster.any().then(async (broker) => {
      const { producerId, producerEpoch } = await broker.initProducerId({
        transactionalId: undefined,
        transactionTimeout: 60_000,
      })
      return { id: producerId, epoch: producerEpoch }
    })
    this.#producer = asked
    asked.catch(() => this.#forget(asked))
    return asked
  }

  #forget(producer: Promise<ProducerState>): void {
    if (this.#producer === producer) this.#producer = null
  }
}
