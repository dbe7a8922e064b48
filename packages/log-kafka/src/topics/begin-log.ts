/** The log's own cell: written once, when a log begins; from then on topics with its prefix are that log. */

import { Cluster, Reader, TransactionalId } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { Cells } from "@assay/log"
import type { Kafka } from "kafkajs"
import { kafkaCells } from "../log/cells.ts"
import { decodeMeta, encodeMeta, type LogMeta, META_CELL } from "../log/meta.ts"
import { CELLS, CELLS_GROUP } from "../log/own-streams.ts"

/** In which partition the log's own cell lies. */
const PARTITION = 0

/** The cells of partition 0, of a log that need not have begun. */
const withCells = async <T>(kafka: Kafka, settings: KafkaSettings, use: (cells: Cells) => Promise<T>): Promise<T> => {
  const { prefix, retryMs, transactionTimeoutMs, zstd } = settings
  const clusters: Array<Cluster> = []
  const newCluster = (): Cluster => {
    const cluster = new Cluster(kafka, retryMs)
    clusters.push(cluster)
    return cluster
  }
  const topic = prefix + CELLS
  const reader = new Reader({ topic, partition: PARTITION, cluster: newCluster(), ownCluster: newCluster })
  const transactional = new TransactionalId({
    cluster: newCluster(),
    group: prefix + CELLS_GROUP,
    topic,
    partition: PARTITION,
    names: { group: CELLS_GROUP, topic: CELLS },
    writes: [topic],
    transactionalId: `${prefix}${CELLS_GROUP}.${PARTITION}`,
    transactionTimeoutMs,
    retryMs,
    zstd,
  })
  try {
    return await use(kafkaCells({ reader: () => reader, transactional: () => transactional, topic }))
  } finally {
    await reader.close()
    await Promise.all(clusters.map((cluster) => cluster.close()))
  }
}

/**
 * What the log is; null where it has not begun. The topic of the cells must exist.
 * @throws UnavailableError, LogSetupError where the cell is of another version, or what kafkajs throws
 */
export const readLog = (kafka: Kafka, settings: KafkaSettings): Promise<LogMeta | null> =>
  withCells(kafka, settings, async (cells) => decodeMeta(await cells.get(PARTITION, META_CELL)))

/**
 * Begins a log, unless it has begun: of several at the same moment one wins, and all get what it wrote.
 * @throws as `readLog`
 */
export const beginLog = (
  kafka: Kafka,
  settings: KafkaSettings,
  wanted: LogMeta,
): Promise<{ readonly log: LogMeta; readonly begun: boolean }> =>
  withCells(kafka, settings, async (cells) => {
    const begun = await cells.swap(PARTITION, META_CELL, null, encodeMeta(wanted))
    const log = begun ? wanted : decodeMeta(await cells.get(PARTITION, META_CELL))
    if (log === null) throw new Error(`${CELLS}/${PARTITION}: the cell ${META_CELL} was there and is gone: try again`)
    return { log, begun }
  })
