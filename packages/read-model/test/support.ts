/** Looking at a model from beside it. */

import { setTimeout as delay } from "node:timers/promises"
import * as Redacted from "effect/Redacted"
import { Redis } from "ioredis"
import { connectRedis } from "../src/connection.ts"
import { keysOf } from "../src/keys.ts"
import { readRedisUrl } from "../src/settings.ts"
import { Store } from "../src/store.ts"
import type { TestLog } from "./events.ts"

/** Asks again until it holds. @throws where it does not within 20 s, with what was seen last */
export const until = async <T>(ask: () => Promise<T> | T, holds: (value: T) => boolean): Promise<T> => {
  const deadline = performance.now() + 20_000
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    if (performance.now() > deadline) throw new Error(`still not so: ${JSON.stringify(value)}`)
    await delay(20)
  }
}

/** A store of one's own, and a plain client for what no store would do. */
export const openStore = async ({ log }: Pick<TestLog, "log">, url: string, maxStrangers = 100, prefix = "") => {
  const connection = connectRedis(readRedisUrl(Redacted.make(url)), 2_000)
  const plain = new Redis(url)
  // A server that a test takes away is no surprise to the test.
  plain.on("error", () => undefined)
  const store = new Store(connection, keysOf(log, prefix), maxStrangers)
  return {
    store,
    connection,
    plain,
    close: () => {
      connection.close()
      plain.disconnect()
    },
  }
}

/** All that a generation says of devices, by key without the generation: two that say the same are equal. */
export const contentOf = async (plain: Redis, generation: string): Promise<Record<string, unknown>> => {
  const content: Record<string, unknown> = {}
  let cursor = "0"
  do {
    const [next, keys] = await plain.scan(cursor, "COUNT", 1_000)
    cursor = next
    for (const key of keys) {
      if (!key.includes(`:g${generation}:`)) continue
      const name = key.replace(`:g${generation}:`, ":")
      content[name] = key.endsWith(":strangers")
        ? await plain.zrange(key, "0", "-1", "WITHSCORES")
        : await plain.hgetall(key)
    }
  } while (cursor !== "0")
  return content
}
