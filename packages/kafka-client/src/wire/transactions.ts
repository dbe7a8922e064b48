/**
 * Requests of transactions of the second version (KIP-890), newer than kafkajs's: Produce 12 and TxnOffsetCommit 5 register what they
 * touch with the coordinator by themselves, and EndTxn 5 answers with the producer of the next transaction. All are in the flexible
 * encoding (KIP-482): the first byte of a body ends the header, and a zero ends each structure, both without tagged fields.
 */
import type { TransactionOf } from "../kafkajs/broker.ts"
import { createErrorFromCode, Encoder } from "../kafkajs/private.ts"
import type { Protocol } from "../kafkajs/protocol.ts"
import { BodyReader, encoded } from "./body.ts"
import type { Produced, ProducePart } from "./requests.ts"

const PRODUCE = 0
const END_TXN = 26
const TXN_OFFSET_COMMIT = 28
const TIMEOUT_MS = 30_000
const ALL_IN_SYNC = -1
const NO_TAGS = 0
const NO_GENERATION = -1
const NO_EPOCH = -1

const refuse = (errorCode: number): void => {
  if (errorCode !== 0) throw createErrorFromCode(errorCode)
}

const producedIn = (reader: BodyReader): ReadonlyArray<Produced> => {
  const produced: Array<Produced> = []
  for (let topics = reader.count(); topics > 0; topics--) {
    const topic = reader.compactString()
    for (let partitions = reader.count(); partitions > 0; partitions--) {
      const partition = reader.int32()
      const errorCode = reader.int16()
      const baseOffset = reader.long()
      const appendTime = reader.long()
      reader.long() // log start offset
      for (let errors = reader.count(); errors > 0; errors--) {
        reader.int32()
        reader.compactString()
        reader.tags()
      }
      reader.compactString() // the error as text
      reader.tags()
      produced.push({ topic, partition, errorCode, baseOffset, appendTime })
    }
    reader.tags()
  }
  return produced
}

/** Appends to partitions, which become part of the transaction by it. */
export const produceInTransaction = (
  transactionalId: string | null,
  parts: ReadonlyArray<ProducePart>,
  timeoutMs: number,
): Protocol<{ readonly produced: ReadonlyArray<Produced> }> => ({
  request: {
    apiKey: PRODUCE,
    apiVersion: 12,
    apiName: "Produce",
    encode: async () => {
      const head = new Encoder(128)
        .writeInt8(NO_TAGS)
        .writeUVarIntString(transactionalId)
        .writeInt16(ALL_IN_SYNC)
        .writeInt32(timeoutMs)
        .writeUVarInt(parts.length + 1)
      const pieces: Array<Buffer> = [head.buffer]
      for (const { topic, partition, batch } of parts) {
        const one = new Encoder(64).writeUVarIntString(topic).writeUVarInt(2)
        pieces.push(one.writeInt32(partition).writeUVarInt(batch.length + 1).buffer, batch, END_OF_PART)
      }
      return encoded(Buffer.concat([...pieces, END_OF_BODY]))
    },
  },
  response: {
    decode: async (raw) => {
      const reader = new BodyReader(raw)
      reader.tags()
      return { produced: producedIn(reader), clientSideThrottleTime: reader.int32() }
    },
    parse: async (data) => data,
  },
  requestTimeout: timeoutMs + 5_000,
  logResponseError: false,
})

/** Of its partition, and of its topic. */
const END_OF_PART = Buffer.of(NO_TAGS, NO_TAGS)
const END_OF_BODY = Buffer.of(NO_TAGS)

export interface OffsetPart {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  /** A decimal number. */
  readonly offset: string
  readonly metadata: string
}

/** Commits an offset of a group with the transaction. Rejects with the kafkajs error of the partition's code. */
export const offsetInTransaction = (
  { transactionalId, producerId, producerEpoch }: TransactionOf,
  { groupId, topic, partition, offset, metadata }: OffsetPart,
): Protocol<object> => ({
  request: {
    apiKey: TXN_OFFSET_COMMIT,
    apiVersion: 5,
    apiName: "TxnOffsetCommit",
    encode: async () =>
      new Encoder(256)
        .writeInt8(NO_TAGS)
        .writeUVarIntString(transactionalId)
        .writeUVarIntString(groupId)
        .writeInt64(producerId)
        .writeInt16(producerEpoch)
        .writeInt32(NO_GENERATION)
        .writeUVarIntString("") // no member of the group: the transactional id alone tells who may
        .writeUVarIntString(null)
        .writeUVarInt(2)
        .writeUVarIntString(topic)
        .writeUVarInt(2)
        .writeInt32(partition)
        .writeInt64(offset)
        .writeInt32(NO_EPOCH)
        .writeUVarIntString(metadata)
        .writeInt8(NO_TAGS)
        .writeInt8(NO_TAGS)
        .writeInt8(NO_TAGS),
  },
  response: {
    decode: async (raw) => {
      const reader = new BodyReader(raw)
      reader.tags()
      const clientSideThrottleTime = reader.int32()
      for (let topics = reader.count(); topics > 0; topics--) {
        reader.compactString()
        for (let partitions = reader.count(); partitions > 0; partitions--) {
          reader.int32()
          refuse(reader.int16())
          reader.tags()
        }
        reader.tags()
      }
      return { clientSideThrottleTime }
    },
    parse: async (data) => data,
  },
  requestTimeout: TIMEOUT_MS,
  logResponseError: false,
})

/** The producer of the next transaction: its epoch is one higher, or its id another where the epochs are used up. */
export type NextProducer = Pick<TransactionOf, "producerId" | "producerEpoch">

/** Rejects with the kafkajs error of the answer's code. */
export const endTransaction = (
  { transactionalId, producerId, producerEpoch }: TransactionOf,
  commits: boolean,
): Protocol<NextProducer> => ({
  request: {
    apiKey: END_TXN,
    apiVersion: 5,
    apiName: "EndTxn",
    encode: async () =>
      new Encoder(128)
        .writeInt8(NO_TAGS)
        .writeUVarIntString(transactionalId)
        .writeInt64(producerId)
        .writeInt16(producerEpoch)
        .writeInt8(commits ? 1 : 0)
        .writeInt8(NO_TAGS),
  },
  response: {
    decode: async (raw) => {
      const reader = new BodyReader(raw)
      reader.tags()
      const clientSideThrottleTime = reader.int32()
      refuse(reader.int16())
      return { clientSideThrottleTime, producerId: String(reader.bigint()), producerEpoch: reader.int16() }
    },
    parse: async (data) => data,
  },
  requestTimeout: TIMEOUT_MS,
  logResponseError: false,
})
