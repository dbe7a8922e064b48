/**
 * The topics of a log on Kafka, as data: every stream with its shape, and why each setting is what it is.
 *
 * All topics have the same number of partitions, because a message keeps its partition on its whole way (co-partitioning),
 * and LogAppendTime: time in Assay is what the log stamped, and retention and compaction then go by the broker's clock too,
 * so that no producer's clock can keep a record for ever or have it deleted at once.
 */

import { CELLS, changelogOf, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MEBIBYTE = 1 << 20

/** What becomes of old records. */
export type TopicKind = "evidence" | "submitted" | "stage" | "output" | "rejected" | "table"

/** Milliseconds; -1 for ever. */
export interface Retention {
  /** The replay horizon: how far back `assay replay`, and a proof by an earlier message, can reach. */
  readonly submitted: number
  /** Entries between two stages: how long a stage may stand still before unread entries are lost (it then halts). */
  readonly stages: number
  /** Decided messages; a quarantined one can be released as long as it is kept. */
  readonly outputs: number
  /** What was rejected or is none of ours: strangers write it, so it is kept only long enough to be looked at. */
  readonly rejected: number
}

/**
 * A week covers the longest absence of an operator that a fleet should survive, and costs seven days of raw messages. Stages
 * get three days, so that one which stops on a Friday night loses nothing by Monday; a month of decided messages is what
 * most sinks and investigations ask for.
 */
export const RETENTION: Retention = { submitted: 7 * DAY, stages: 3 * DAY, outputs: 30 * DAY, rejected: 7 * DAY }

export interface TopicSpec {
  /** With the prefix. */
  readonly name: string
  readonly stream: string
  readonly kind: TopicKind
  readonly partitions: number
  readonly replication: number
  /** What is set on the topic itself, whatever the brokers' defaults are. */
  readonly configs: Readonly<Record<string, string>>
}

export interface LogSpec {
  readonly prefix: string
  /** Which log of its house it is: origins and the names of its transparency logs begin with it. */
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
  readonly retention?: Partial<Retention>
}

/** Whose changelogs there are: each service's, and that of all five in one. */
export const CHANGELOG_OWNERS: ReadonlyArray<string> = [...STAGES.map((stage) => SERVICE_NAMES[stage]), "chained"]

const KINDS: ReadonlyArray<readonly [stream: string, kind: TopicKind]> = [
  [STREAMS.submitted, "submitted"],
  [STREAMS.identified, "stage"],
  [STREAMS.checked, "stage"],
  [STREAMS.hashed, "stage"],
  [STREAMS.segmented, "stage"],
  [STREAMS.verified, "output"],
  [STREAMS.annotated, "output"],
  [STREAMS.quarantined, "output"],
  [STREAMS.rejected, "rejected"],
  [STREAMS.deadletter, "rejected"],
  [STREAMS.audit, "evidence"],
  [STREAMS.checkpoints, "evidence"],
  [STREAMS.knowledge, "evidence"],
  [CELLS, "table"],
  ...CHANGELOG_OWNERS.map((owner) => [changelogOf(owner), "table"] as const),
]

/** Every stream that is a topic, without the prefix. */
export const TOPIC_STREAMS: ReadonlyArray<string> = KINDS.map(([stream]) => stream)

/** The streams that nobody may shorten: decisions, checkpoints, and the knowledge that they cite. */
export const EVIDENCE_STREAMS: ReadonlyArray<string> = KINDS.filter(([, kind]) => kind === "evidence").map(
  ([stream]) => stream,
)

/**
 * The broker's bound on one record batch, and a batch is all that one commit or append writes to a partition of a topic.
 * - Ingress appends up to 5 MiB of messages at once, with their envelopes: 8 MiB on submitted. Not more, since whatever
 *   anybody writes there must also fit, with the batch around it, wherever it is kept as malformed.
 * - A runner's batch of 4 MiB grows by claims, readings and verdicts; a body of knowledge has up to 16 MiB: 17 MiB for the rest.
 */
export const maxBatchBytes = (stream: string): number => (stream === STREAMS.submitted ? 8 : 17) * MEBIBYTE

const retentionOf = (kind: TopicKind, retention: Retention): number => {
  if (kind === "submitted") return retention.submitted
  if (kind === "stage") return retention.stages
  if (kind === "output") return retention.outputs
  return kind === "rejected" ? retention.rejected : -1
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
 * As the producer compressed it: what Assay writes is zstd or small. On submitted others write too, with clients whose
 * habit is lz4 or snappy, which Assay cannot read: the broker makes it zstd (what comes as zstd it leaves as it is), so that
 * such records arrive, and one that is refused can be kept as it came.
 */
const compressionOf = (kind: TopicKind): string => (kind === "submitted" ? "zstd" : "producer")

/** With three replicas a write is on two disks before it counts, and one broker may be away. */
export const minInSync = (replication: number): number => (replication >= 3 ? 2 : 1)

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
  const retention: Retention = { ...RETENTION, ...options.retention }
  const topics = KINDS.map(([stream, kind]): TopicSpec => {
    const kept = kind === "table" ? COMPACTED : deleted(retentionOf(kind, retention))
    const configs = {
      ...kept,
      "min.insync.replicas": String(minInSync(replication)),
      "unclean.leader.election.enable": "false",
      "message.timestamp.type": "LogAppendTime",
      "compression.type": compressionOf(kind),
      "max.message.bytes": String(maxBatchBytes(stream)),
    }
    return { name: prefix + stream, stream, kind, partitions, replication, configs }
  })
  return { prefix, epoch, partitions, replication, topics }
}
