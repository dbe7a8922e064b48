/** The Kafka engine behind the port. Which topics there must be is not looked at here: see open.ts. */

import {
  Appender,
  boundsOf,
  type ClientLog,
  Cluster,
  heldBackOf,
  kafkaClient,
  positionOf,
  Reader,
  TransactionalId,
  truncateBefore,
} from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { type Commit, type Log, LogSetupError, type NewRecord, type StreamPartition } from "@assay/log"
import type { ISocketFactory } from "kafkajs"
import { kafkaCells } from "./cells.ts"
import { type Asked, forbiddenBy } from "./forbidden.ts"
import { decodeMeta, META_CELL } from "./meta.ts"
import { CELLS, CELLS_GROUP } from "./own-streams.ts"
import { writesOf } from "./rights.ts"
import type { Roles } from "./streams-and-roles.ts"

export interface KafkaLogOptions {
  readonly settings: KafkaSettings
  /**
   * Who works on the log: tells what the transactions of a group may have left open, and which role a refused principal lacks.
   * What a group writes and no role says is not looked after when a broker loses a marker (`settle` of the client).
   */
  readonly roles: Roles
  readonly clientLog?: ClientLog
  /** How connections are made, where not by node:net and node:tls. */
  readonly sockets?: ISocketFactory
  /** What a member of a group meets that it goes on from (brokers gone, and so on). */
  readonly onProblem?: (cause: unknown) => void
}

/** One of a kind for each name, made when it is first asked for. */
const memo = <T>(make: (name: string) => T) => {
  const made = new Map<string, T>()
  const of = (name: string): T => {
    let found = made.get(name)
    if (found === undefined) {
      found = make(name)
      made.set(name, found)
    }
    return found
  }
  return { of, known: (name: string): T | undefined => made.get(name), all: () => made.values() }
}

/**
 * Keys and values handed to the log must not be changed until the call has resolved; those it returns are views.
 * @throws LogSetupError where the log was never set up; UnavailableError where no broker answers
 */
export const kafkaLog = async ({ settings, roles, clientLog, sockets, onProblem }: KafkaLogOptions): Promise<Log> => {
  const kafka = kafkaClient(settings, clientLog, sockets)
  const { prefix, retryMs, transactionTimeoutMs, zstd } = settings
  const clusters: Array<Cluster> = []
  const newCluster = (): Cluster => {
    const cluster = new Cluster(kafka, retryMs)
    clusters.push(cluster)
    return cluster
  }
  const shared = newCluster()
  const topicOf = (stream: string): string => prefix + stream
  let partitions = 1
  const allowed = <T>(asked: Asked, call: Promise<T>): Promise<T> =>
    call.catch((cause: unknown) => {
      throw forbiddenBy(cause, asked, settings, roles) ?? cause
    })

  const check = ({ stream, partition }: StreamPartition): void => {
    if (!Number.isInteger(partition) || partition < 0 || partition >= partitions)
      throw new RangeError(`partition ${partition} is outside 0 to ${partitions - 1}`)
    if (stream.length === 0) throw new RangeError("a stream without a name")
  }
  const readers = memo((name) => {
    const [topic, partition] = JSON.parse(name) as [string, number]
    return new Reader({ topic, partition, cluster: shared, ownCluster: newCluster })
  })
  const reader = ({ stream, partition }: StreamPartition): Reader =>
    readers.of(JSON.stringify([topicOf(stream), partition]))
  const appender = new Appender(newCluster(), zstd)
  const transactionalIds = memo((name) => {
    const [group, stream, partition] = JSON.parse(name) as [string, string, number]
    return new TransactionalId({
      cluster: newCluster(),
      group: prefix + group,
      topic: topicOf(stream),
      partition,
      names: { group, topic: stream },
      writes: writesOf(roles, group).map(topicOf),
      transactionalId:
        group === CELLS_GROUP ? `${prefix}cells.${partition}` : `${prefix}${group}.${stream}.${partition}`,
      transactionTimeoutMs,
      retryMs,
      zstd,
    })
  })
  const transactional = (group: string, stream: string, partition: number): TransactionalId =>
    transactionalIds.of(JSON.stringify([group, stream, partition]))
  const cells = kafkaCells({
    reader: (partition) => reader({ stream: CELLS, partition }),
    transactional: (partition) => transactional(CELLS_GROUP, CELLS, partition),
    topic: topicOf(CELLS),
  })

  const truncate = async (partition: number, wanted: NonNullable<Commit["truncate"]>): Promise<void> => {
    for (const { stream, before } of wanted) {
      const { start, end } = await reader({ stream, partition }).bounds()
      const offset = Math.min(before, end)
      if (offset > start) await truncateBefore(shared, topicOf(stream), partition, offset)
    }
  }

  const commit = async (partition: number, wanted: Commit): Promise<{ readonly offsets: ReadonlyArray<number> }> => {
    check({ stream: wanted.stream, partition })
    if (wanted.next < wanted.from)
      throw new RangeError(`a position only moves forward: from ${wanted.from} to ${wanted.next}`)
    const { group, from, next, outputs } = wanted
    const sending = outputs.map(({ stream, records }) => ({ topic: topicOf(stream), records }))
    const writes = outputs.filter(({ records }) => records.length > 0).map(({ stream }) => stream)
    const sent = await allowed(
      { to: "work for", group, writes },
      transactional(group, wanted.stream, partition).commit({ from, next, outputs: sending }),
    )
    const offsets: Array<number> = []
    for (const { stream, records } of outputs) {
      const at = { stream, partition }
      const found = sent.find(({ topic }) => topic === topicOf(stream))
      if (found === undefined) {
        offsets.push(-1) // nothing was written, or an earlier attempt did and its answer was lost
        continue
      }
      offsets.push(found.baseOffset)
      reader(at).wrote(found.baseOffset + records.length)
    }
    if (wanted.truncate !== undefined && wanted.truncate.length > 0) await truncate(partition, wanted.truncate)
    return { offsets }
  }

  try {
    const meta = decodeMeta(await cells.get(0, META_CELL))
    if (meta === null)
      throw new LogSetupError(
        `there is no log under the prefix ${JSON.stringify(prefix)} (ASSAY_STREAM_PREFIX) on ${settings.brokers.join(", ")}: create it with assay topics apply`,
      )
    partitions = meta.partitions
    return {
      ...meta,
      traits: { engine: "kafka", headers: true, compacts: true, expires: true, shared: true },
      append: async (at, records: ReadonlyArray<NewRecord>) => {
        check(at)
        if (records.length === 0) return { offset: (await reader(at).bounds()).end, time: Date.now() }
        const appended = await allowed(
          { to: "append to", stream: at.stream },
          appender.append(topicOf(at.stream), at.partition, records),
        )
        reader(at).wrote(appended.offset + records.length)
        return appended
      },
      read: async (at, from, maxRecords, maxBytes) => {
        check(at)
        return allowed({ to: "read", stream: at.stream }, reader(at).read(from, maxRecords, maxBytes))
      },
      bounds: async (at) => {
        check(at)
        return allowed({ to: "read", stream: at.stream }, reader(at).bounds())
      },
      shown: async (at) => {
        check(at)
        return allowed({ to: "read", stream: at.stream }, boundsOf(shared, topicOf(at.stream), at.partition))
      },
      heldBack: async (at) => {
        check(at)
        return allowed({ to: "read", stream: at.stream }, heldBackOf(shared, topicOf(at.stream), at.partition))
      },
      position: async (group, { stream, partition }) => {
        const { offset } = await allowed(
          { to: "see", group },
          positionOf(shared, prefix + group, topicOf(stream), partition),
        )
        // The brokers show a commit of ours a moment after it is durable; another process's they show where ours is old.
        const own = transactionalIds.known(JSON.stringify([group, stream, partition]))?.position ?? 0
        return Math.max(offset ?? 0, own)
      },
      take: (group, { stream, partition }, known) =>
        allowed({ to: "work for", group }, transactional(group, stream, partition).take(known)),
      join: async (group, stream, onAssigned) => {
        const { join } = await import("@assay/kafka-client/membership")
        return join(kafka, settings, {
          group: prefix + group,
          topic: topicOf(stream),
          partitions,
          onAssigned,
          onProblem: onProblem ?? (() => undefined),
        })
      },
      commit,
      waitFor: (at, from, signal) => allowed({ to: "read", stream: at.stream }, reader(at).waitFor(from, signal)),
      cells: {
        get: (partition, name) => allowed({ to: "read", stream: CELLS }, cells.get(partition, name)),
        swap: (partition, name, expected, value) =>
          allowed(
            { to: "work for", group: CELLS_GROUP, writes: [CELLS] },
            cells.swap(partition, name, expected, value),
          ),
      },
      close: async () => {
        await Promise.all([...readers.all()].map((each) => each.close()))
        await Promise.all(clusters.map((cluster) => cluster.close()))
      },
    }
  } catch (cause) {
    await Promise.all(clusters.map((cluster) => cluster.close()))
    throw cause
  }
}
