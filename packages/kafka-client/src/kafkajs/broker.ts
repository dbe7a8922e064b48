/** A broker as kafkajs 2.2.4 shows it inside: the requests that it encodes for us, at the versions that it speaks. */
import type { Protocol } from "./protocol.ts"

/** The part of kafkajs's Broker that we use. Offsets are decimal strings there. */
export interface Broker {
  readonly nodeId: string | number
  readonly connectionPool: { send<T>(protocol: Protocol<T>): Promise<T> }
  findGroupCoordinator(of: {
    readonly groupId: string
    readonly coordinatorType: number
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>
  listOffsets(of: {
    readonly replicaId: number
    readonly isolationLevel: number
    readonly topics: ReadonlyArray<{
      readonly topic: string
      readonly partitions: ReadonlyArray<{ readonly partition: number; readonly timestamp: number }>
    }>
  }): Promise<{
    readonly responses: ReadonlyArray<{ readonly partitions: ReadonlyArray<{ readonly offset: string }> }>
  }>
  offsetFetch(of: {
    readonly groupId: string
    readonly topics: ReadonlyArray<{
      readonly topic: string
      readonly partitions: ReadonlyArray<{ readonly partition: number }>
    }>
  }): Promise<{
    readonly responses: ReadonlyArray<{
      readonly partitions: ReadonlyArray<{ readonly offset: string; readonly metadata: string | null }>
    }>
  }>
  deleteRecords(of: {
    readonly topics: ReadonlyArray<{
      readonly topic: string
      readonly partitions: ReadonlyArray<{ readonly partition: number; readonly offset: string }>
    }>
  }): Promise<unknown>
  initProducerId(of: {
    readonly transactionalId: string | undefined
    readonly transactionTimeout: number
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
  addPartitionsToTxn(
    of: TransactionOf & { readonly topics: ReadonlyArray<{ topic: string; partitions: ReadonlyArray<number> }> },
  ): Promise<unknown>
  addOffsetsToTxn(of: TransactionOf & { readonly groupId: string }): Promise<unknown>
  txnOffsetCommit(
    of: TransactionOf & {
      readonly groupId: string
      readonly topics: ReadonlyArray<{
        topic: string
        partitions: ReadonlyArray<{ partition: number; offset: string; metadata: string }>
      }>
    },
  ): Promise<unknown>
  endTxn(of: TransactionOf & { readonly transactionResult: boolean }): Promise<unknown>
}

export interface TransactionOf {
  readonly transactionalId: string
  readonly producerId: string
  readonly producerEpoch: number
}
