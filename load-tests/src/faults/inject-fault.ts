/** Does what a fault says to real processes. Resolves when what it took away is given back; not before that is ready again. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Cluster } from "@assay/infra/kafka"
import { SERVICE_NAMES } from "@assay/trust"
import { CHAINED, type Deployment } from "../cluster/deployment.ts"
import type { Instance } from "../cluster/instance.ts"
import type { ProcessCounters } from "./process-counters.ts"
import type { Fault } from "./schedule.ts"
import type { RunningRedis } from "./services.ts"

export interface Setting {
  readonly deployment: Deployment
  readonly cluster: Cluster
  readonly redis: RunningRedis
  readonly registry: { restart(): Promise<void> }
  readonly counters: ProcessCounters
  /** Of each service at most. */
  readonly maxInstances: number
}

/** A new process has so long to join its group before the fault goes on without it. */
const JOIN_MS = 20_000
const POLL_MS = 25

const choose = <T>(from: ReadonlyArray<T>, number: number): T => from[number % from.length]!

/** The one that seals stays: its directory belongs to one process. */
const removable = (deployment: Deployment, service: string): ReadonlyArray<Instance> => {
  const all = deployment.of(service)
  return service === SERVICE_NAMES.integrity || service === CHAINED ? all.slice(1) : all.length > 1 ? all : []
}

const describe = (instances: ReadonlyArray<Instance>): string => instances.map(({ name }) => name).join(", ")

const killThenStart = async ({ counters }: Setting, hit: ReadonlyArray<Instance>): Promise<string> => {
  await Promise.all(hit.map((instance) => counters.read(instance)))
  await Promise.all(hit.map((instance) => instance.kill()))
  for (const instance of hit) instance.start()
  return describe(hit)
}

const sleepThenWake = async ({ counters }: Setting, hit: ReadonlyArray<Instance>, ms: number): Promise<string> => {
  for (const instance of hit) instance.pause()
  await sleep(ms)
  for (const instance of hit) instance.resume()
  for (const instance of hit) counters.woken(instance)
  return `${describe(hit)} for ${ms} ms`
}

const addOne = ({ deployment, maxInstances }: Setting, fault: Fault): Instance | null => {
  const services = deployment.services.filter((service) => deployment.of(service).length < maxInstances)
  return services.length === 0 ? null : deployment.add(choose(services, fault.target))
}

const removeOne = async ({ deployment, counters }: Setting, fault: Fault): Promise<Instance | null> => {
  const services = deployment.services.filter((service) => removable(deployment, service).length > 0)
  if (services.length === 0) return null
  const victim = choose(removable(deployment, choose(services, fault.target)), fault.instance)
  await counters.read(victim)
  await deployment.remove(victim, fault.instance % 2 === 0 ? "stop" : "kill")
  return victim
}

/** Its HTTP server answers: the group has been asked, and the others hear of it at their next heartbeat. */
const joining = async (instance: Instance): Promise<void> => {
  const deadline = performance.now() + JOIN_MS
  while (performance.now() < deadline) {
    const reason = await instance.notReady()
    if (reason === null || !reason.startsWith("does not answer")) return
    await sleep(POLL_MS)
  }
}

const inRebalance = async (setting: Setting, fault: Fault): Promise<string> => {
  const { deployment } = setting
  const added = addOne(setting, fault)
  if (added !== null) await joining(added)
  // All have as many as they may: then it is one that leaves which makes the group share anew.
  const gone = added === null ? await removeOne(setting, fault) : null
  const service = (added ?? gone)?.service ?? choose(deployment.services, fault.target)
  await sleep(fault.instance * 10)
  const others = deployment.of(service).filter((one) => one !== added)
  const victim = [choose(others.length > 0 ? others : deployment.of(service), fault.instance)]
  const how = added === null ? `${gone?.name ?? "nobody"} left` : `${added.name} joined`
  const what =
    fault.kind === "rebalance-kill"
      ? await killThenStart(setting, victim)
      : await sleepThenWake(setting, victim, fault.forMs)
  return `${how}; ${what}`
}

/** @returns a description of what was hit */
export const injectFault = async (setting: Setting, fault: Fault): Promise<string> => {
  const { deployment, cluster, redis, registry, counters } = setting
  const { kind, forMs } = fault
  const of = deployment.of(choose(deployment.services, fault.target))
  const one = [choose(of, fault.instance)]
  const node = choose(cluster.nodes, fault.target)
  switch (kind) {
    case "kill-one":
      return killThenStart(setting, one)
    case "kill-service":
      return killThenStart(setting, of)
    case "kill-all":
      return killThenStart(setting, [...deployment.instances])
    case "restart-one": {
      await counters.read(one[0]!)
      const clean = await one[0]!.stop()
      one[0]!.start()
      return `${describe(one)}${clean ? "" : ", which had to be killed"}`
    }
    case "pause-one":
      return sleepThenWake(setting, one, forMs)
    case "pause-service":
      return sleepThenWake(setting, of, forMs)
    case "broker-stop":
    case "broker-kill":
      await (kind === "broker-stop" ? node.stop() : node.kill("SIGKILL"))
      await sleep(forMs)
      await node.start()
      return `broker ${node.id}, away for ${forMs} ms and its start`
    case "broker-pause":
      await node.kill("SIGSTOP")
      await sleep(forMs)
      await node.kill("SIGCONT")
      return `broker ${node.id} for ${forMs} ms`
    case "redis-restart":
      await redis.kill("SIGKILL")
      await sleep(forMs)
      await redis.start()
      return `Redis, away for ${forMs} ms`
    case "registry-restart":
      await registry.restart()
      return "the registry"
    case "add-one":
      return addOne(setting, fault)?.name ?? "nobody: all have as many instances as they may"
    case "remove-one":
      return (await removeOne(setting, fault))?.name ?? "nobody: each service has one instance left"
    case "rebalance-kill":
    case "rebalance-pause":
      return inRebalance(setting, fault)
  }
}
