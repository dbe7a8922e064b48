/**
 * How a transaction is carried out. In the first version its partitions and the group's offset are registered with the coordinator
 * before anything is sent, in a round trip of its own. In the second one (KIP-890, Kafka 4.0) the brokers register what comes, and each
 * end raises the producer's epoch, so that what comes late can never be taken for part of the next transaction. The cluster's feature
 * `transaction.version` says which is in force.
 */
import { setTimeout as delay } from "node:timers/promises"
import type { Cluster } from "../cluster/cluster.ts"
import { isConcurrent, isNotAttempted } from "../cluster/outcome.ts"
import type { TransactionOf } from "../kafkajs/broker.ts"
import { featuresRequest } from "../wire/api-versions.ts"
import type { Produced, ProducePart } from "../wire/requests.ts"
import {
  endTransaction,
  type NextProducer,
  type OffsetPart,
  offsetInTransaction,
  produceInTransaction,
} from "../wire/transactions.ts"
import { produce } from "./produce.ts"

export interface TransactionVersion {
  /** Sends all that one transaction holds. Rejects with the first error; then nobody knows what arrived. */
  send(
    cluster: Cluster,
    of: TransactionOf,
    batches: ReadonlyArray<ProducePart>,
    offset: OffsetPart,
  ): Promise<ReadonlyArray<Produced>>
  /** Commits it. @returns the producer of the next transaction */
  end(cluster: Cluster, of: TransactionOf): Promise<NextProducer>
}

/** Markers that take longer mean that something is wrong: then the id is taken anew. */
const MARKERS_MS = 1_000
const LONGEST_WAIT_MS = 16

/**
 * A transaction that follows another closely is put off until the markers of that are written; to give the producer up for it, as for
 * other failures, would cost more than the transaction.
 */
export const onceMarked = async <T>(attempt: () => Promise<T>): Promise<T> => {
  const until = performance.now() + MARKERS_MS
  for (let wait = 1; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    try {
      return await attempt()
    } catch (cause) {
      if (!isConcurrent(cause) || performance.now() > until) throw cause
      await delay(wait)
    }
  }
}

const FIRST: TransactionVersion = {
  send: async (cluster, of, batches, { groupId, topic, partition, offset, metadata }) => {
    const topics = batches.map((batch) => ({ topic: batch.topic, partitions: [batch.partition] }))
    await onceMarked(async () => {
      const coordinator = await cluster.coordinator("transaction", of.transactionalId)
      try {
        // Both go out at once; the coordinator takes them one after the other, as they come on one connection.
        await Promise.all([
          topics.length === 0 ? null : coordinator.addPartitionsToTxn({ ...of, topics }),
          coordinator.addOffsetsToTxn({ ...of, groupId }),
        ])
      } catch (cause) {
        // One of the topics was refused, and the answer puts that on another: asked for alone, each tells its own.
        if (isNotAttempted(cause))
          for (const one of topics) await coordinator.addPartitionsToTxn({ ...of, topics: [one] })
        throw cause
      }
    })
    const owner = await cluster.coordinator("group", groupId)
    const [sent] = await Promise.all([
      batches.length === 0 ? [] : produce(cluster, of.transactionalId, batches),
      owner.txnOffsetCommit({
        ...of,
        groupId,
        topics: [{ topic, partitions: [{ partition, offset, metadata }] }],
      }),
    ])
    return sent
  },
  end: async (cluster, of) => {
    const broker = await cluster.coordinator("transaction", of.transactionalId)
    await broker.endTxn({ ...of, transactionResult: true })
    return of
  },
}

const SECOND: TransactionVersion = {
  // What has arrived and comes again is known by its sequence number, and an offset by its group: neither counts twice.
  send: (cluster, of, batches, offset) =>
    onceMarked(async () => {
      const owner = await cluster.coordinator("group", offset.groupId)
      const [sent] = await Promise.all([
        batches.length === 0 ? [] : produce(cluster, of.transactionalId, batches, produceInTransaction),
        owner.connectionPool.send(offsetInTransaction(of, offset)),
      ])
      return sent
    }),
  end: async (cluster, of) => {
    const broker = await cluster.coordinator("transaction", of.transactionalId)
    // It may come again: the coordinator knows by the epoch that it has ended this one, and answers the same.
    const { producerId, producerEpoch } = await onceMarked(() => broker.connectionPool.send(endTransaction(of, true)))
    return { producerId, producerEpoch }
  },
}

const FEATURE = "transaction.version"
const SOFTWARE = { name: "assay", version: "1" }

/** What the cluster has in force. Asked for anew with each producer, since an operator may raise or lower it. */
export const versionOf = async (cluster: Cluster): Promise<TransactionVersion> => {
  const broker = await cluster.any()
  const { inForce } = await broker.connectionPool.send(featuresRequest(SOFTWARE))
  return (inForce.get(FEATURE) ?? 0) >= 2 ? SECOND : FIRST
}
