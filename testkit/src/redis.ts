/** A server of its own for a test file; or, loudly, none. */
import { rmSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { findServer, type RedisOptions, type RedisServer, startRedis } from "@assay/infra/redis"
import { processEnvironment, READ_MODEL } from "@assay/settings"

/** Tests that stop, kill and empty their server need one of their own. */
export const canStartRedis: boolean = findServer() !== null

/** Where the tests that leave the server alone may work: REDIS_URL, else one that can be started here. */
export const hasRedis: boolean = canStartRedis || Boolean(processEnvironment()[READ_MODEL.redisUrl.key])

/** Says what is skipped, and why: a test that is silently not run is worse than none. */
export const sayWhatIsSkipped = (file: string): void => {
  if (canStartRedis) return
  const what = hasRedis ? "tests that stop and empty a server are" : "all tests against a real Redis are"
  process.stderr.write(
    `SKIPPED in ${file}: ${what} skipped, there is no redis-server or valkey-server in the PATH${hasRedis ? "" : " and no REDIS_URL"}\n`,
  )
}

export interface TestRedis extends Pick<RedisServer, "url" | "start" | "stop" | "kill"> {
  readonly port: number
  remove(): Promise<void>
}

/** Started on a free port and in a directory of its own; `remove` stops it and deletes that. */
export const testRedis = async (options: Omit<RedisOptions, "dir" | "port"> = {}): Promise<TestRedis> => {
  const dir = await mkdtemp(join(tmpdir(), "assay-redis-"))
  const port = await freePorts(1)
  const server = await startRedis({ dir, port, ...options })
  const { start, stop, kill } = server
  return {
    url: server.url,
    port,
    start,
    stop,
    kill,
    remove: async () => {
      await stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
