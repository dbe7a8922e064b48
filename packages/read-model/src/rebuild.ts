/** A model built anew from the log, beside the one in use, then put in its place in one step. */
import { randomUUID } from "node:crypto"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Connection, Reply } from "./connection.ts"
import { ReadModelError } from "./errors.ts"
import { PartitionFeed } from "./feed.ts"
import type { Store } from "./store.ts"

/** A rebuild that has said nothing for so long is taken for dead. */
const LEASE_MS = 60_000
const RENEW_MS = 5_000
/** For how long a writer that slept gets the answer that its generation is gone. */
const CLOSED_SECONDS = 86_400
const SCAN_COUNT = 1_000

export interface Rebuilt {
  readonly generation: string
  readonly records: number
  readonly unreadable: number
  readonly lost: number
  readonly devices: number
  /** Keys of replaced generations that were deleted. */
  readonly deleted: number
}

export interface RebuildOptions {
  readonly log: Log
  readonly store: Store
  readonly connection: Connection
  readonly onProgress?: (partition: number, offset: number, end: number) => void
}

/**
 * Readers see the old model until all of the new one is there. The node may run beside it; it takes the new model over.
 * @throws ReadModelError `busy` where another one is at work, `interrupted` where it must be started again
 */
export const rebuild = async (options: RebuildOptions): Promise<Rebuilt> => {
  const { log, store, connection } = options
  const { root } = store.keys
  await store.checkEviction()
  await store.open()
  const token = randomUUID()
  const [begun, name] = await connection.script("assayBegin", [root], [token, LEASE_MS])
  if (begun === "busy")
    throw new ReadModelError("busy", `another rebuild is at work on Redis at ${connection.server}: wait for it to end`)
  const generation = String(name)
  let renewed = performance.now()
  const renew = async (): Promise<void> => {
    if (performance.now() - renewed < RENEW_MS) return
    renewed = performance.now()
    mustBe(1, await connection.script("assayRenew", [root], [token, LEASE_MS]))
  }
  const total = { records: 0, unreadable: 0, lost: 0, devices: 0 }
  try {
    for (let partition = 0; partition < log.partitions; partition++) {
      const one = await buildPartition(options, partition, generation, renew)
      total.records += one.records
      total.unreadable += one.unreadable
      total.lost += one.lost
      total.devices += (await store.partition(partition, generation)).devices
    }
    mustBe(1, await connection.script("assaySwitch", [root], [token]))
  } catch (cause) {
    // Redis may be away: then the lease runs out, and the next rebuild clears up.
    await connection.script("assayAbandon", [root], [token]).catch(() => undefined)
    throw cause
  }
  return { generation, ...total, deleted: await clear(log, store, connection) }
}

const mustBe = (wanted: number, [found]: Reply): void => {
  if (found === wanted) return
  throw new ReadModelError(
    "interrupted",
    "the rebuild was interrupted: Redis was emptied, or it took too long and another one began; start it again",
  )
}

/** From the first record to what is the end now. */
const buildPartition = async (
  { log, store, onProgress }: RebuildOptions,
  partition: number,
  generation: string,
  renew: () => Promise<void>,
): Promise<{ readonly records: number; readonly unreadable: number; readonly lost: number }> => {
  const feed = new PartitionFeed(log, store, partition, generation)
  let [records, unreadable, lost] = [0, 0, 0]
  for (;;) {
    const step = await feed.step()
    await renew()
    records += step.applied
    unreadable += step.unreadable.length
    lost += step.lost
    onProgress?.(partition, feed.next, (await log.bounds({ stream: STREAMS.audit, partition })).end)
    if (step.atEnd) return { records, unreadable, lost }
  }
}

/** Deletes every replaced generation, in small steps: Redis answers others between them. */
export const clear = async (log: Log, store: Store, connection: Connection): Promise<number> => {
  const { keys } = store
  const retired = (await connection.call((redis) => redis.hget(keys.root, "retired"))) ?? ""
  let deleted = 0
  for (const generation of retired.split(",").filter((name) => name !== "")) {
    const positions = Array.from({ length: log.partitions }, (_, partition) => keys.position(partition, generation))
    // First nobody may write there any more; then what is there can go.
    for (const position of positions) await connection.script("assayClose", [position], [CLOSED_SECONDS])
    deleted += await unlink(connection, keys.allOf(generation), new Set(positions))
    await connection.script("assayDeleted", [keys.root], [generation])
  }
  return deleted
}

const unlink = async (connection: Connection, glob: string, kept: ReadonlySet<string>): Promise<number> => {
  let deleted = 0
  let cursor = "0"
  do {
    const [next, found] = await connection.call((redis) => redis.scan(cursor, "MATCH", glob, "COUNT", SCAN_COUNT))
    cursor = next
    const byTag = Map.groupBy(
      found.filter((key) => !kept.has(key)),
      (key) => key.slice(0, key.indexOf("}")),
    )
    for (const keys of byTag.values()) deleted += await connection.call((redis) => redis.unlink(...keys))
  } while (cursor !== "0")
  return deleted
}
