/** Produce 7 and Fetch 11 on kafkajs's connections, with our own record batches inside. */
import { createErrorFromCode, Encoder } from "../kafkajs/private.ts"
import type { Protocol } from "../kafkajs/protocol.ts"
import { BodyReader, encoded } from "./body.ts"
import type { AbortedTransaction } from "./decode.ts"

export interface ProducePart {
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

export interface Produced {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
  /** -1 unless the topic stamps the append time. */
  readonly appendTime: number
}

const PRODUCE = 0
const FETCH = 1

/** @param transactionalId null outside a transaction */
export const produceRequest = (
  transactionalId: string | null,
  parts: ReadonlyArray<ProducePart>,
  timeoutMs: number,
): Protocol<{ readonly produced: ReadonlyArray<Produced> }> => {
  const body = (): Buffer => {
    const heads = parts.map(
      ({ topic, partition, batch }) =>
        new Encoder(64).writeString(topic).writeInt32(1).writeInt32(partition).writeInt32(batch.length).buffer,
    )
    const head = new Encoder(128)
      .writeString(transactionalId)
      .writeInt16(-1)
      .writeInt32(timeoutMs)
      .writeInt32(parts.length)
    return Buffer.concat([head.buffer, ...parts.flatMap((part, n) => [heads[n]!, part.batch])])
  }
  return {
    request: { apiKey: PRODUCE, apiVersion: 7, apiName: "Produce", encode: async () => encoded(body()) },
    response: {
      decode: async (raw) => {
        const reader = new BodyReader(raw)
        const produced: Array<Produced> = []
        for (let topics = reader.int32(); topics > 0; topics--) {
          const topic = reader.string()
          for (let partitions = reader.int32(); partitions > 0; partitions--) {
            const partition = reader.int32()
            const errorCode = reader.int16()
            const baseOffset = reader.long()
            const appendTime = reader.long()
            reader.long() // log start offset
            produced.push({ topic, partition, errorCode, baseOffset, appendTime })
          }
        }
        return { produced, clientSideThrottleTime: reader.int32() }
      },
      parse: async (data) => data,
    },
    requestTimeout: timeoutMs + 5_000,
    logResponseError: false,
  }
}

export interface Fetch {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** How long the broker waits for a first byte, milliseconds. */
  readonly waitMs: number
  /** About how much; at least one whole batch comes where there is one. */
  readonly maxBytes: number
}

export interface Fetched {
  /** The end of what is committed: no reader sees records from there on. */
  readonly lastStable: number
  readonly start: number
  readonly aborted: ReadonlyArray<AbortedTransaction>
  readonly set: Buffer
}

const READ_COMMITTED = 1
const NO_BYTES = Buffer.alloc(0)

/** Rejects with the kafkajs error of the partition's code. */
export const fetchRequest = ({ topic, partition, offset, waitMs, maxBytes }: Fetch): Protocol<Fetched> => ({
  request: {
    apiKey: FETCH,
    apiVersion: 11,
    apiName: "Fetch",
    encode: async () =>
      new Encoder(128)
        .writeInt32(-1)
        .writeInt32(waitMs)
        .writeInt32(1)
        .writeInt32(maxBytes)
        .writeInt8(READ_COMMITTED)
        .writeInt32(0) // no fetch session
        .writeInt32(-1)
        .writeInt32(1)
        .writeString(topic)
        .writeInt32(1)
        .writeInt32(partition)
        .writeInt32(-1)
        .writeInt64(offset)
        .writeInt64(-1)
        .writeInt32(maxBytes)
        .writeInt32(0)
        .writeString(""),
  },
  response: {
    decode: async (raw) => {
      const reader = new BodyReader(raw)
      const clientSideThrottleTime = reader.int32()
      let errorCode = reader.int16()
      reader.int32() // session
      let fetched: Fetched = { lastStable: 0, start: 0, aborted: [], set: NO_BYTES }
      for (let topics = reader.int32(); topics > 0; topics--) {
        reader.string()
        for (let partitions = reader.int32(); partitions > 0; partitions--) {
          reader.int32()
          errorCode = reader.int16() || errorCode
          reader.long() // high watermark
          const lastStable = reader.long()
          const start = reader.long()
          const aborted: Array<AbortedTransaction> = []
          for (let count = reader.int32(); count > 0; count--)
            aborted.push({ producerId: reader.bigint(), firstOffset: reader.long() })
          reader.int32() // preferred replica
          const size = reader.int32()
          const set = size <= 0 ? NO_BYTES : reader.bytes.subarray(reader.at, reader.at + size)
          reader.at += Math.max(0, size)
          fetched = { lastStable, start, aborted, set }
        }
      }
      if (errorCode !== 0) throw createErrorFromCode(errorCode)
      return { ...fetched, clientSideThrottleTime }
    },
    parse: async (data) => data,
  },
  requestTimeout: waitMs + 15_000,
  logResponseError: false,
})
