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
