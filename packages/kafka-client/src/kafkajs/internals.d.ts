/** The parts of kafkajs 2.2.4 below its public surface that the engine stands on. The version is pinned and frozen. */
declare module "kafkajs/src/network/connection.js" {
  import type { Socket } from "node:net"
  /** One connection to one broker, used again for the next socket when the last has ended. */
  export default class Connection {
    constructor(options: object)
    socket: Socket | undefined
    /** Bytes of an answer that has not come as a whole. */
    chunks: Array<Buffer>
    bytesBuffered: number
    bytesNeeded: number
    isConnected(): boolean
    connect(): Promise<unknown>
    disconnect(): Promise<unknown>
    processData(data: Buffer): void
  }
}

declare module "kafkajs/src/network/requestQueue/index.js" {
  export default class RequestQueue {
    pending: Array<unknown>
    throttledUntil: number
    scheduleCheckPendingRequests(): void
  }
}

declare module "kafkajs/src/protocol/encoder.js" {
  export default class Encoder {
    constructor(initialSize?: number)
    buf: Buffer
    offset: number
    readonly buffer: Buffer
    writeInt8(value: number): this
    writeInt16(value: number): this
    writeInt32(value: number): this
    writeInt64(value: number | string): this
    writeString(value: string | null): this
    writeUVarInt(value: number): this
    writeUVarIntString(value: string | null): this
  }
}

declare module "kafkajs/src/protocol/error.js" {
  /** The KafkaJSProtocolError of a code of the protocol. */
  export const createErrorFromCode: (code: number) => Error & {
    readonly type: string
    readonly code: number
    readonly retriable: boolean
  }
}

declare module "kafkajs/src/protocol/requests/index.js" {
  /** The versions of each request; a broker's lookupRequest chooses among them. */
  export const requests: Readonly<Record<"JoinGroup", unknown>>
}

declare module "kafkajs/src/protocol/decoder.js" {
  export default class Decoder {
    constructor(buffer: Buffer)
  }
}

declare module "kafkajs/src/protocol/recordBatch/v0/decoder.js" {
  import type Decoder from "kafkajs/src/protocol/decoder.js"

  const decode: (decoder: Decoder) => Promise<{
    readonly producerId: string
    readonly producerEpoch: number
    readonly inTransaction: boolean
    readonly records: ReadonlyArray<{ readonly key: Buffer | null; readonly value: Buffer | null }>
  }>
  export default decode
}
/** Metadata 6 as kafkajs 2.2.4 speaks it. */
declare module "kafkajs/src/protocol/requests/metadata/v6/request.js" {
  import type Encoder from "kafkajs/src/protocol/encoder.js"

  const request: (of: { readonly topics: ReadonlyArray<string>; readonly allowAutoTopicCreation: boolean }) => {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<Encoder>
  }
  export default request
}

declare module "kafkajs/src/protocol/requests/metadata/v6/response.js" {
  export interface Answer {
    readonly brokers: ReadonlyArray<unknown>
    readonly clientSideThrottleTime: number
    readonly topicMetadata: ReadonlyArray<{
      readonly topicErrorCode: number
      readonly topic: string
      readonly isInternal: boolean
      readonly partitionMetadata: ReadonlyArray<{ readonly leader: number; readonly replicas: ReadonlyArray<number> }>
    }>
  }
  const response: { readonly decode: (raw: Buffer) => Promise<Answer> }
  export default response
}
