/** A log of its own on the test broker, with a world, and the services that run on it as processes of their own. */
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { World } from "@assay/fleet"
import type { Log } from "@assay/log"
import { openKafka } from "@assay/log-kafka"
import { ALL_STREAMS, ROLES } from "@assay/streams"
import { makeLog, removeLog } from "../kafka/attacked-deployment.ts"
import { ServiceProcess } from "./process.ts"

export interface ServicesOnKafka {
  readonly log: Log
  readonly world: World
  /** Of services and commands on this log. */
  readonly environment: Readonly<Record<string, string>>
  /** @param own what this one has beside, or instead of, the environment of all */
  start(service: string, own?: Readonly<Record<string, string>>): ServiceProcess
  /** Kills all that were started; the log and the directory go with them. */
  close(): Promise<void>
}

/** @param cwd where services run; the world's roots are there as `roots.json` */
export const servicesOnKafka = async (
  cwd: string,
  partitions?: number,
  options: Partial<ConstructorParameters<typeof World>[0]> = {},
): Promise<ServicesOnKafka> => {
  const settings = await makeLog(partitions)
  const log = await openKafka({ settings, streams: ALL_STREAMS, roles: ROLES })
  const world = new World({ seed: settings.prefix, now: Math.ceil(log.genesis / 1000) + 1, log, ...options })
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
  const environment = {
    LOG: "kafka",
    KAFKA_BROKERS: settings.brokers.join(),
    KAFKA_ALLOW_INSECURE: "true",
    ASSAY_STREAM_PREFIX: settings.prefix,
    ASSAY_WORKERS: "0",
  }
  const started: Array<ServiceProcess> = []
  return {
    ...{ log, world, environment },
    start: (service, own = {}) => {
      const one = new ServiceProcess(service, cwd, { ...environment, ...own })
      started.push(one)
      return one
    },
    close: async () => {
      for (const one of started) await one.stop("SIGKILL")
      await log.close()
      await removeLog(settings)
      rmSync(cwd, { recursive: true, force: true })
    },
  }
}
