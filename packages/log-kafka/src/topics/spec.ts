/**
 * The topics of a log, as data: each stream's shape on the brokers, and why each setting is what it is. Which streams there
 * are, and how long each is kept, is the caller's.
 *
 * All topics have the same number of partitions, because a message keeps its partition on its whole way (co-partitioning),
 * and LogAppendTime: time in Assay is what the log stamped, and retention and compaction then go by the broker's clock too,
 * so that no producer's clock can keep a record for ever or have it deleted at once.
 */

import { OWN_STREAMS } from "../log/own-streams.ts"
import type { StreamSpec } from "../log/streams-and-roles.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MEBIBYTE = 1 << 20

export interface TopicSpec {
  /** With the prefix. */
  readonly name: string
  readonly stream: string
  readonly kind: string
  readonly partitions: number
  readonly replication: number
  /** What is set on the topic itself, whatever the brokers' defaults are. */
  readonly configs: Readonly<Record<string, string>>
}

export interface LogSpec {
  readonly prefix: string
  /** Which log of its owner it is: origins and the names of its transparency logs begin with it. */
  readonly epoch: number
  readonly partitions: number
  readonly replication: number
  readonly topics: ReadonlyArray<TopicSpec>
}

export interface LogSpecOptions {
  readonly prefix: string
  /** 1 where left out. */
  readonly epoch?: number
  readonly partitions: number
  readonly replication: number
  /** Those that the engine keeps for itself are added. */
  readonly streams: ReadonlyArray<StreamSpec>
}

/**
 * Only closed segments are deleted, so a quiet partition would keep its records for the broker's default of a week more:
 * an eighth of the retention is the excess that we accept.
 */
const segmentMs = (retention: number): number => Math.min(7 * DAY, Math.max(HOUR, Math.floor(retention / 8)))

const deleted = (retention: number): Readonly<Record<string, string>> => ({
  "cleanup.policy": "delete",
  "retention.ms": String(retention),
  "retention.bytes": "-1",
  ...(retention < 0 ? {} : { "segment.ms": String(segmentMs(retention)) }),
})

/**
 * A table holds the last value of each key. The active segment is never compacted, so it is closed by the hour and at
 * 64 MiB; at 30 % of overwritten bytes the cleaner goes over it, and within a day in any case, so that a restore reads
 * little more than the table. Tombstones stay for a day: a restore that began before one was written still sees it.
 */
const COMPACTED: Readonly<Record<string, string>> = {
  "cleanup.policy": "compact",
  "delete.retention.ms": String(DAY),
  "min.cleanable.dirty.ratio": "0.3",
  "max.compaction.lag.ms": String(DAY),
  "segment.ms": String(HOUR),
  "segment.bytes": String(64 * MEBIBYTE),
}

/**
 * As the producer compressed it: what Assay writes is zstd or small. Where others write too, it is with clients whose habit
 * is lz4 or snappy, which Assay cannot read: the broker makes it zstd (what comes as zstd it leaves as it is), so that such
 * records arrive, and one that is refused can be kept as it came.
 */
const compressionOf = (foreign: boolean): string => (foreign ? "zstd" : "producer")

/** With three replicas a write is on two disks before it counts, and one broker may be away. */
const minInSync = (replication: number): number => (replication >= 3 ? 2 : 1)

/** @throws RangeError where a number makes no sense */
export const logSpec = (options: LogSpecOptions): LogSpec => {
  const { prefix, epoch = 1, partitions, replication } = options
  for (const [name, value] of [
    ["epoch", epoch],
    ["partitions", partitions],
    ["replication", replication],
  ] as const)
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number from 1, not ${value}`)
  const topics = [...options.streams, ...OWN_STREAMS].map(
    ({ stream, kind, retentionMs, foreign, maxBatchBytes }): TopicSpec => {
      const kept = retentionMs === null ? COMPACTED : deleted(retentionMs)
      const configs = {
        ...kept,
        "min.insync.replicas": String(minInSync(replication)),
        "unclean.leader.election.enable": "false",
        "message.timestamp.type": "LogAppendTime",
        "compression.type": compressionOf(foreign),
        "max.message.bytes": String(maxBatchBytes),
      }
      return { name: prefix + stream, stream, kind, partitions, replication, configs }
    },
  )
  return { prefix, epoch, partitions, replication, topics }
}
