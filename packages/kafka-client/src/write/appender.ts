/**
 * Appends outside any consumer (ingress, ticks, controls), as idempotent producers, one for each partition: an attempt that is
 * repeated after a lost answer is recognised by its sequence number, whatever befalls the others meanwhile. Calls for one
 * partition that come while a batch is on its way share the next.
 */

import { type NewRecord, UnavailableError } from "@assay/log"
import type { Cluster } from "../cluster/cluster.ts"
import { isFenced, isOutOfSequence, isTooLarge } from "../cluster/outcome.ts"
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
  readonly name: string
  readonly topic: string
  readonly partition: number
  readonly calls: Array<Call>
  busy: boolean
  /** Sequence numbers belong to a producer id: both are thrown away together, when nobody knows what arrived. */
  producer: ProducerState | null
  sequence: number
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
      queue = { name, topic, partition, calls: [], busy: false, producer: null, sequence: 0 }
      this.#queues.set(name, queue)
    }
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    queue.calls.push({ records, bytes: bytesOf(records), resolve, reject })
    if (!queue.busy) void this.#work(queue)
    return promise
  }

  async #work(queue: Queue): Promise<void> {
    queue.busy = true
    while (queue.calls.length > 0) {
      const calls = [queue.calls.shift()!]
      let bytes = calls[0]!.bytes
      while (queue.calls.length > 0 && bytes + queue.calls[0]!.bytes <= SHARED_BYTES) {
        bytes += queue.calls[0]!.bytes
        calls.push(queue.calls.shift()!)
      }
      try {
        const records = calls.flatMap((call) => call.records)
        const { offset, time } = await this.#send(queue, records)
        let at = offset
        for (const call of calls) {
          call.resolve({ offset: at, time })
          at += call.records.length
        }
      } catch (cause) {
        // Who came while nobody answered has waited as long: a queue must not grow for as long as brokers are away.
        if (cause instanceof UnavailableError) calls.push(...queue.calls.splice(0))
        for (const call of calls) call.reject(cause)
      }
    }
    queue.busy = false
  }

  /** One batch, until the broker has it. All attempts bear the same producer id and sequence number. */
  async #send(queue: Queue, records: ReadonlyArray<NewRecord>): Promise<Appended> {
    const { name, topic, partition } = queue
    const packed = await pack(records, this.#zstd)
    const attempt = async (): Promise<Appended> => {
      queue.producer ??= await this.#newProducer(queue)
      const now = Date.now()
      const batch = finish(packed, queue.producer, queue.sequence, false, now)
      try {
        const [produced] = await produce(this.#cluster, null, [{ topic, partition, batch }])
        const { baseOffset, appendTime } = produced!
        if (baseOffset < 0) throw new UnavailableError(`${name} has the batch already, and no longer tells where`)
        return { offset: baseOffset, time: appendTime < 0 ? now : appendTime }
      } catch (cause) {
        if (isOutOfSequence(cause)) queue.producer = null // the broker has forgotten this one
        throw cause
      }
    }
    try {
      const appended = await this.#cluster.retrying(`appending to ${name}`, attempt)
      queue.sequence += records.length
      if (queue.sequence > MAX_SEQUENCE) queue.producer = null
      return appended
    } catch (cause) {
      // Whether an attempt arrived is not known: its sequence number must not be used for other records.
      queue.producer = null
      if (isFenced(cause))
        throw new UnavailableError(
          `appending to ${name}: the broker no longer knows this producer: ${(cause as Error).message}`,
          { cause },
        )
      if (!isTooLarge(cause)) throw cause
      throw new RangeError(
        `a batch of ${packed.bytes.length} bytes is larger than ${topic} takes (max.message.bytes)`,
        {
          cause,
        },
      )
    }
  }

  async #newProducer(queue: Queue): Promise<ProducerState> {
    const broker = await this.#cluster.any()
    const asked = { transactionalId: undefined, transactionTimeout: 60_000 }
    const { producerId, producerEpoch } = await broker.initProducerId(asked)
    queue.sequence = 0
    return { id: producerId, epoch: producerEpoch }
  }
}
