/** One connection to Redis that never queues: a call is answered in bounded time, or fails and says why. */
import * as Redacted from "effect/Redacted"
import { Redis } from "ioredis"
import { toReadModelError } from "./errors.ts"
import * as scripts from "./scripts.ts"
import type { RedisSettings } from "./settings.ts"

const MAX_CONNECT_MS = 5_000
const RECONNECT_MS = 2_000

export type Reply = ReadonlyArray<string | number | ReadonlyArray<string>>
type Script = (keys: number, ...given: ReadonlyArray<string | number>) => Promise<unknown>

interface Scripts {
  readonly assayApply: Script
  readonly assayForget: Script
  readonly assayOpen: Script
  readonly assayBegin: Script
  readonly assayRenew: Script
  readonly assaySwitch: Script
  readonly assayAbandon: Script
  readonly assayDeleted: Script
  readonly assayClose: Script
}

export interface Connection {
  /** `host:port/database`. */
  readonly server: string
  /** The first calls wait for the first attempt to connect. Rejects with ReadModelError. A call that timed out may have been carried out, or still be. */
  call<T>(command: (redis: Redis) => Promise<T>): Promise<T>
  script(name: keyof Scripts, keys: ReadonlyArray<string>, given?: ReadonlyArray<string | number>): Promise<Reply>
  close(): void
}

const DEFINITIONS: Readonly<Record<keyof Scripts, { readonly lua: string }>> = {
  assayApply: { lua: scripts.APPLY },
  assayForget: { lua: scripts.FORGET },
  assayOpen: { lua: scripts.OPEN },
  assayBegin: { lua: scripts.BEGIN },
  assayRenew: { lua: scripts.RENEW },
  assaySwitch: { lua: scripts.SWITCH },
  assayAbandon: { lua: scripts.ABANDON },
  assayDeleted: { lua: scripts.DELETED },
  assayClose: { lua: scripts.CLOSE },
}

/**
 * Connects in the background and goes on trying for ever.
 * @param timeoutMs how long one call may take
 */
export const connectRedis = (settings: RedisSettings, timeoutMs: number): Connection => {
  const redis = new Redis({
    host: settings.host,
    port: settings.port,
    db: settings.database,
    ...(settings.username === null ? {} : { username: settings.username }),
    ...(settings.password === null ? {} : { password: Redacted.value(settings.password) }),
    ...(settings.tls ? { tls: { servername: settings.host } } : {}),
    lazyConnect: true,
    connectionName: "assay-read-model",
    connectTimeout: Math.min(timeoutMs, MAX_CONNECT_MS),
    commandTimeout: timeoutMs,
    // A server that is paused or cut off keeps its socket open: without this we would never connect anew.
    socketTimeout: 2 * timeoutMs,
    // Nothing is queued: what waits here would be stale when it is sent, and without bound. The caller tries again.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), RECONNECT_MS),
    scripts: { ...DEFINITIONS },
  })
  let broken: Error | null = null
  redis.on("error", (cause: Error) => {
    broken = cause
  })
  redis.on("close", () => {
    broken ??= new Error("the connection was closed")
  })
  redis.on("ready", () => {
    broken = null
  })
  const tried = redis.connect().then(
    () => undefined,
    (cause: Error) => {
      broken ??= cause
    },
  )
  const call = async <T>(command: (redis: Redis) => Promise<T>): Promise<T> => {
    await tried
    try {
      return await command(redis)
    } catch (cause) {
      throw toReadModelError(cause, redis.status === "ready" ? null : broken, settings.shown)
    }
  }
  return {
    server: settings.shown,
    call,
    script: async (name, keys, given = []) => {
      const reply = await call((client) => (client as unknown as Scripts)[name](keys.length, ...keys, ...given))
      return Array.isArray(reply) ? (reply as Reply) : [reply as string | number]
    },
    close: () => redis.disconnect(),
  }
}
