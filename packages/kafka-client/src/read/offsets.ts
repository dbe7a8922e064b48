/** Bounds of a partition, positions of a group. */

import type { Cluster } from "../cluster/cluster.ts"
import { isUnknownTopic } from "../cluster/outcome.ts"

const EARLIEST = -2
const LATEST = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

/** @returns null where the topic does not exist */
const list = async (
  cluster: Cluster,
  topic: string,
  partition: number,
  timestamp: number,
  isolationLevel = READ_COMMITTED,
): Promise<number | null> => {
  try {
    const broker = await cluster.leader(topic, partition)
    const { responses } = await broker.listOffsets({
      replicaId: -1,
      isolationLevel,
      topics: [{ topic, partitions: [{ partition, timestamp }] }],
    })
    return Number(responses[0]!.partitions[0]!.offset)
  } catch (cause) {
    if (isUnknownTopic(cause)) return null
    throw cause
  }
}

/** The first kept offset, and the end of what is committed; both 0 where the topic does not exist. @throws UnavailableError */
export const boundsOf = (
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<{ readonly start: number; readonly end: number }> =>
  cluster.retrying(`listing offsets of ${topic}/${partition}`, async () => {
    const [start, end] = await Promise.all([
      list(cluster, topic, partition, EARLIEST),
      list(cluster, topic, partition, LATEST),
    ])
    return { start: start ?? 0, end: end ?? 0 }
  })

/** Where the partition ends, also for what is not committed; 0 where the topic does not exist. @throws UnavailableError */
export const writtenEndOf = (cluster: Cluster, topic: string, partition: number): Promise<number> =>
  cluster.retrying(
    `listing offsets of ${topic}/${partition}`,
    async () => (await list(cluster, topic, partition, LATEST, READ_UNCOMMITTED)) ?? 0,
  )

/** How much lies behind the end of what is committed; 0 where the topic does not exist. @throws UnavailableError */
export const heldBackOf = (cluster: Cluster, topic: string, partition: number): Promise<number> =>
  cluster.retrying(`listing offsets of ${topic}/${partition}`, async () => {
    // One after the other: what is committed in between must not count.
    const written = await list(cluster, topic, partition, LATEST, READ_UNCOMMITTED)
    const committed = await list(cluster, topic, partition, LATEST)
    return Math.max(0, (written ?? 0) - (committed ?? 0))
  })

export interface GroupPosition {
  /** Null where the group never committed (or the brokers forgot). */
  readonly offset: number | null
  /** What the commit was marked with. */
  readonly mark: string
}

/** What the group last committed. Offsets of a transaction that is still open do not count. @throws UnavailableError */
export const positionOf = (cluster: Cluster, group: string, topic: string, partition: number): Promise<GroupPosition> =>
  cluster.retrying(`fetching the offset of group ${group}`, async () => {
    const broker = await cluster.coordinator("group", group)
    const { responses } = await broker.offsetFetch({ groupId: group, topics: [{ topic, partitions: [{ partition }] }] })
    const { offset, metadata } = responses[0]!.partitions[0]!
    return { offset: offset === "-1" ? null : Number(offset), mark: metadata ?? "" }
  })

/** Deletes the records below `offset`; the topic's clean-up policy must allow it. @throws UnavailableError */
export const truncateBefore = (cluster: Cluster, topic: string, partition: number, offset: number): Promise<void> =>
  cluster.retrying(`deleting the head of ${topic}/${partition}`, async () => {
    const broker = await cluster.leader(topic, partition)
    await broker.deleteRecords({ topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] })
  })
