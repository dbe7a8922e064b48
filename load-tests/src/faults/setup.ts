/** Everything that faults hit: brokers, Redis, the registry, topics, and the services of one topology on them. */

import { join } from "node:path"
import { publishKnowledge } from "@assay/engine"
import type { World } from "@assay/fleet"
import type { Cluster } from "@assay/infra/kafka"
import type { Log } from "@assay/log"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { KAFKA, NODE, READ_MODEL, REGISTRY } from "@assay/settings"
import { assay, kafkaEnvironment, MAIN } from "../cluster/assay.ts"
import { ownBrokers } from "../cluster/brokers.ts"
import { type Deployment, startDeployment } from "../cluster/deployment.ts"
import type { Topology } from "../cluster/work.ts"
import { ownRedis, ownRegistry, type RunningRedis, type RunningRegistry } from "./services.ts"

/** Short, so that a round is quick: the members of a group and the brokers notice within seconds what is gone. */
export const SESSION_MS = 3_000
export const TRANSACTION_MS = 4_000
export const PARTITIONS = 4

export interface Servers {
  readonly cluster: Cluster
  readonly redis: RunningRedis
  readonly registry: RunningRegistry
  stop(): Promise<void>
}

/** @throws SetupProblem where something of it cannot be had here; what was started then is stopped */
export const startServers = async (dir: string, nodes: 1 | 3, progress: (line: string) => void): Promise<Servers> => {
  const stops: Array<() => Promise<unknown>> = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    progress("brokers, Redis and a schema registry ...")
    const { cluster, stop: stopBrokers } = await ownBrokers(dir, nodes, progress)
    stops.push(stopBrokers)
    const redis = await ownRedis(dir)
    stops.push(() => redis.stop())
    const registry = await ownRegistry(dir, progress)
    stops.push(() => registry.stop())
    return { cluster, redis, registry, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

export interface Site {
  readonly prefix: string
  readonly log: Log
  readonly deployment: Deployment
  stop(): Promise<void>
}

export interface SiteOptions {
  readonly servers: Servers
  readonly dir: string
  readonly topology: Topology
  readonly prefix: string
  readonly instances: number
  readonly world: World
  /** The sources of an older `assay` that makes topics and schemas first, and by which services begin. */
  readonly main?: string
  /** More environment for the services. */
  readonly env?: Readonly<Record<string, string>>
  readonly progress: (line: string) => void
}

/** Beside what names the log. */
export const siteEnvironment = ({ redis, registry }: Pick<Servers, "redis" | "registry">): Record<string, string> => ({
  [READ_MODEL.redisUrl.key]: redis.url,
  [REGISTRY.url.key]: registry.url,
  [KAFKA.sessionTimeoutMs.key]: String(SESSION_MS),
  [KAFKA.transactionTimeoutMs.key]: String(TRANSACTION_MS),
  [NODE.tickMs.key]: "1000",
  [NODE.workers.key]: "0",
})

/** A log of its own on those servers, its knowledge, and the services that work on it; they may not be ready yet. */
export const openSite = async (options: SiteOptions): Promise<Site> => {
  const { servers, topology, prefix, instances, world, progress } = options
  const { brokers } = servers.cluster
  const env = { ...kafkaEnvironment(brokers, prefix), [REGISTRY.url.key]: servers.registry.url }
  progress(`topics and schemas under ${prefix} ...`)
  // An older version first, then this one, as an upgrade begins: nothing of this version opens a log without its topics.
  for (const main of options.main === undefined ? [MAIN] : [options.main, MAIN]) {
    await assay(["topics", "apply", "--partitions", String(PARTITIONS)], env, main)
    await assay(["schemas", "apply", "--prefix", prefix], env, main)
  }
  const log = await openLog(readLogConfiguration(env), null)
  try {
    for (const [kind, body] of world.signedItems) await publishKnowledge(log, kind, body)
    const deployment = await startDeployment({
      brokers,
      prefix,
      roots: world.rootSet,
      topology,
      instances,
      dir: join(options.dir, topology),
      ...(options.main === undefined ? {} : { main: options.main }),
      env: { ...siteEnvironment(servers), ...options.env },
      onExit: ({ instance, how }) => progress(`${instance} ended by itself (${how}) and is started again`),
    })
    return {
      prefix,
      log,
      deployment,
      stop: async () => {
        await deployment.stop()
        await log.close()
      },
    }
  } catch (cause) {
    await log.close()
    throw cause
  }
}
