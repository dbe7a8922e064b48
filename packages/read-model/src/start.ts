/** The read model in a running process: it is fed in the background, and can be asked. */

import { type Log, partitionOf } from "@assay/log"
import { signerOf } from "@assay/trust"
import type * as Redacted from "effect/Redacted"
import { connectRedis } from "./connection.ts"
import { type DeviceTrust, toDevice } from "./device.ts"
import { ReadModelError } from "./errors.ts"
import { keysOf } from "./keys.ts"
import { Projector, type ProjectorMetrics } from "./projector.ts"
import { readRedisUrl } from "./settings.ts"
import { Store } from "./store.ts"

/** A batch of the feed, and a question of a caller who waits. Apart, so that neither stands behind the other. */
const FEED_TIMEOUT_MS = 10_000
const ASK_TIMEOUT_MS = 1_500
const CHECK_MS = 1_000
/** A batch in hand is given so long at the end; after that it counts as not applied. */
const STOP_MS = 2_000
export const MAX_STRANGERS = 10_000

export interface ReadModelOptions {
  /** `redis://...`; see settings.ts. */
  readonly redisUrl: Redacted.Redacted
  /** The prefix of the streams, which also parts the keys of several deployments on one Redis (default ""). */
  readonly prefix?: string
  /** How many devices that nobody admitted are kept in each partition; the least recent go first (default 10,000). */
  readonly maxStrangers?: number
  /** How often a quiet partition looks whether Redis still has what it had, and lag is measured (default 1000). */
  readonly checkMs?: number
  /** A problem that is tried again; the same one at most once a minute. */
  readonly onProblem?: (what: string, cause: unknown) => void
  /** How it stands, every `checkMs`. */
  readonly onMetrics?: (now: ProjectorMetrics) => void
}

/** `building`: the model has not been through the whole log yet, and does not have the device. */
export type Found =
  | { readonly status: "known"; readonly device: DeviceTrust }
  | { readonly status: "unknown" }
  | { readonly status: "building" | "unavailable"; readonly reason: string }

export interface RunningReadModel {
  /** What the model has of a device. Never rejects: a Redis that is away is an answer. */
  get(did: string): Promise<Found>
  metrics(): ProjectorMetrics
  /** Ends before the log is closed. What was not applied is applied at the next start. */
  stop(): Promise<void>
}

/**
 * Resolves when feeding has begun, whether Redis answers or not: the pipeline never waits for it.
 * @throws ConfigurationError that names REDIS_URL
 */
export const startReadModel = async (log: Log, options: ReadModelOptions): Promise<RunningReadModel> => {
  const { redisUrl, prefix = "", maxStrangers = MAX_STRANGERS, checkMs = CHECK_MS } = options
  const settings = readRedisUrl(redisUrl)
  const keys = keysOf(log, prefix)
  const feeding = connectRedis(settings, FEED_TIMEOUT_MS)
  const asking = connectRedis(settings, ASK_TIMEOUT_MS)
  const close = (): void => {
    feeding.close()
    asking.close()
  }
  const projector = new Projector(log, new Store(feeding, keys, maxStrangers), {
    checkMs,
    onProblem: options.onProblem ?? (() => undefined),
    onMetrics: options.onMetrics ?? (() => undefined),
  })
  try {
    await projector.start()
  } catch (cause) {
    close()
    throw cause
  }
  const store = new Store(asking, keys, maxStrangers)
  return {
    get: (did) => find(log, store, did),
    metrics: () => projector.metrics(),
    stop: async () => {
      const late = setTimeout(close, STOP_MS)
      await projector.stop()
      clearTimeout(late)
      close()
    },
  }
}

const BUILDING: Found = {
  status: "building",
  reason: "the read model has not been through the whole log yet: ask again",
}

/** @throws ReadModelError where somebody else wrote into the key */
const shownOf: typeof toDevice = (did, epoch, partition, facts, at) => {
  try {
    return toDevice(did, epoch, partition, facts, at)
  } catch (cause) {
    throw new ReadModelError(
      "foreign",
      `what Redis holds of ${did} is not what the read model wrote (${(cause as Error).message}): assay read-model rebuild writes it anew`,
      cause,
    )
  }
}

const find = async (log: Log, store: Store, did: string): Promise<Found> => {
  const partition = partitionOf(signerOf(did), log.partitions)
  try {
    let generation = await store.current()
    while (generation !== null) {
      const { facts, at } = await store.device(partition, generation, did)
      const device = shownOf(did, log.epoch, partition, facts, at)
      if (device !== null) return { status: "known", device }
      // A rebuild may have replaced the generation, and deleted the device from it, while we asked.
      const now = await store.current()
      if (now === generation) return at.complete ? { status: "unknown" } : BUILDING
      generation = now
    }
    return BUILDING
  } catch (cause) {
    if (cause instanceof ReadModelError) return { status: "unavailable", reason: cause.message }
    throw cause
  }
}
