/** The read model for a command: asked or rebuilt once, not fed. */
import { type Log, partitionOf } from "@assay/log"
import { signerOf } from "@assay/trust"
import type * as Redacted from "effect/Redacted"
import { connectRedis } from "./connection.ts"
import { type AsOf, asOf, type DeviceTrust, toDevice } from "./device.ts"
import { keysOf } from "./keys.ts"
import { type RebuildOptions, type Rebuilt, rebuild } from "./rebuild.ts"
import { readRedisUrl } from "./settings.ts"
import { MAX_STRANGERS } from "./start.ts"
import { type Principal, Store } from "./store.ts"

const TIMEOUT_MS = 10_000

export interface PartitionStatus {
  readonly partition: number
  readonly devices: number
  /** Of these, how many nobody admitted. */
  readonly strangers: number
  /** Whether the model has been through the whole log once. */
  readonly complete: boolean
  readonly asOf: AsOf
}

export interface ReadModel {
  /** `host:port/database`. */
  readonly server: string
  /** The generation in use; null where there is no model. */
  generation(): Promise<string | null>
  status(generation: string): Promise<ReadonlyArray<PartitionStatus>>
  device(generation: string, did: string): Promise<DeviceTrust | null>
  /** Who handed in what was rejected, over all partitions, most first. */
  principals(generation: string): Promise<ReadonlyArray<Principal>>
  rebuild(onProgress?: RebuildOptions["onProgress"]): Promise<Rebuilt>
  close(): void
}

/** @throws ConfigurationError that names REDIS_URL. Every call of the result rejects with ReadModelError where Redis does not do its part. */
export const openReadModel = (
  log: Log,
  {
    redisUrl,
    prefix = "",
    maxStrangers = MAX_STRANGERS,
  }: { redisUrl: Redacted.Redacted; prefix?: string; maxStrangers?: number },
): ReadModel => {
  const connection = connectRedis(readRedisUrl(redisUrl), TIMEOUT_MS)
  const store = new Store(connection, keysOf(log, prefix), maxStrangers)
  return {
    server: connection.server,
    generation: () => store.current(),
    status: (generation) =>
      Promise.all(
        Array.from({ length: log.partitions }, async (_, partition) => {
          const stored = await store.partition(partition, generation)
          return {
            partition,
            devices: stored.devices,
            strangers: await store.strangers(partition, generation),
            complete: stored.complete,
            asOf: asOf(stored),
          }
        }),
      ),
    device: async (generation, did) => {
      const partition = partitionOf(signerOf(did), log.partitions)
      const { facts, at } = await store.device(partition, generation, did)
      return toDevice(did, log.epoch, partition, facts, at)
    },
    principals: async (generation) => {
      const all = new Map<string, Principal>()
      for (let partition = 0; partition < log.partitions; partition++)
        for (const one of await store.principals(partition, generation)) {
          const { rejected, signed, time } = all.get(one.principal) ?? { rejected: 0, signed: 0, time: 0 }
          all.set(one.principal, {
            principal: one.principal,
            rejected: rejected + one.rejected,
            signed: signed + one.signed,
            time: Math.max(time, one.time),
          })
        }
      return [...all.values()].sort((a, b) => b.rejected - a.rejected)
    },
    rebuild: (onProgress) => rebuild({ log, store, connection, ...(onProgress === undefined ? {} : { onProgress }) }),
    close: () => connection.close(),
  }
}
