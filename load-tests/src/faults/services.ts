/** The servers beside the brokers, as faults need them: they come back on the port and with the data that they had. */
import { join } from "node:path"
import { freePorts, requireFree } from "@assay/infra/kafka"
import { type RedisServer, startRedis } from "@assay/infra/redis"
import { startRegistry } from "@assay/infra/schema-registry"

export interface RunningRegistry {
  readonly url: string
  readonly version: string
  /** SIGKILL, then started again on its data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export type RunningRedis = Pick<RedisServer, "url" | "kill" | "start" | "stop">

/** @throws SetupProblem */
export const ownRegistry = async (dir: string, progress: (line: string) => void): Promise<RunningRegistry> => {
  const options = { dataDir: join(dir, "registry"), port: await freePorts(1), progress }
  let running = await startRegistry({ ...options, tied: true })
  return {
    url: running.url,
    version: running.version,
    restart: async () => {
      await running.kill("SIGKILL")
      await requireFree(options.port) // it waits: a killed process loses its sockets a little later
      running = await startRegistry(options)
    },
    stop: async () => void (await running.stop()),
  }
}

/** @throws SetupProblem */
export const ownRedis = async (dir: string): Promise<RunningRedis> => {
  const server = await startRedis({ dir: join(dir, "redis"), port: await freePorts(1), tied: true })
  return {
    url: server.url,
    kill: (signal) => server.kill(signal),
    start: async () => {
      if (server.pid === null) await requireFree(server.port)
      await server.start()
    },
    stop: () => server.stop(),
  }
}
