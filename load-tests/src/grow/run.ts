/**
 * A log on a real broker gets more partitions while devices send, over HTTP and through an MQTT broker: processes are killed before,
 * one sleeps through it and wakes up when the next epoch runs, `assay topics grow` is killed, processes are killed after. Then what
 * both epochs say is held against the answers that devices got.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import { openWork } from "@assay/node"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { KAFKA, NODE } from "@assay/settings"
import { startAssay } from "@assay/testkit/cli"
import { instancesIn } from "../carrier/instances.ts"
import { kafkaEnvironment } from "../cluster/assay.ts"
import { type Deployment, startDeployment } from "../cluster/deployment.ts"
import type { Instance } from "../cluster/instance.ts"
import { type Topology, untilDone } from "../cluster/work.ts"
import { openSite, PARTITIONS, SESSION_MS, type Servers, siteEnvironment } from "../faults/setup.ts"
import { startDevices } from "../mqtt/devices.ts"
import { adapterSettings, startBroker } from "../mqtt/site.ts"
import { nowSeconds } from "../now.ts"
import type { Book } from "./attempts.ts"
import { checkGrown, type GrownCheck } from "./check.ts"
import { startTalk } from "./devices.ts"
import { type Switched, switchOver } from "./switch.ts"

export interface GrowRunOptions {
  readonly servers: Servers
  readonly dir: string
  readonly topology: Topology
  /** Of each service. */
  readonly instances: number
  /** The next epoch has so many times the partitions. */
  readonly times: number
  /** Devices that send over HTTP, and as many over MQTT. */
  readonly devices: number
  readonly everyMs: number
  /** Before the growth, and after it. */
  readonly seconds: number
  /** Whether processes are killed before and after, and one sleeps through it. */
  readonly faults: boolean
  /** Whether services are stopped in the wrong order (`SwitchOptions.backwards`). */
  readonly backwards: boolean
  /** Of `assay topics grow`. */
  readonly kills: number
  readonly seed: string
  readonly progress: (line: string) => void
}

export interface GrownReport {
  readonly switched: Omit<Switched, "epoch">
  /** From the first request to stop until all processes of the next epoch are ready, in milliseconds. */
  readonly readyMs: number
  /** How long a message of a device over HTTP waited for its acknowledgement, the longest of each device: median and maximum. */
  readonly waitedMs: { readonly before: Waited; readonly during: Waited; readonly after: Waited }
  readonly refused: Readonly<Record<string, number>>
  readonly killedInstances: number
  /** How the process ended that slept through it. */
  readonly sleeperEnded: string | null
  readonly checked: GrownCheck
  readonly failures: ReadonlyArray<string>
}

interface Waited {
  readonly p50: number
  readonly max: number
}

const [FORMER, NEXT] = ["former.", "next."]
const READY_MS = 180_000
const SETTLE_MS = 180_000
const KILL_EVERY_MS = 6_000
const WAKE_MS = 60_000

const waited = (all: ReadonlyArray<number>): Waited => {
  const sorted = [...all].sort((a, b) => a - b)
  return { p50: Math.round(sorted[sorted.length >> 1] ?? 0), max: Math.round(sorted.at(-1) ?? 0) }
}

/** Kills one process after another, and starts it again. */
const killing = async (processes: () => ReadonlyArray<Instance>, seconds: number): Promise<number> => {
  const until = performance.now() + seconds * 1_000
  let kills = 0
  for (;;) {
    await sleep(Math.max(0, Math.min(KILL_EVERY_MS, until - performance.now())))
    if (performance.now() >= until) return kills
    const one = processes()[kills % processes().length]!
    await one.kill()
    one.start()
    kills++
  }
}

/** @returns how it ended */
const wake = async (sleeper: Instance, deployment: Deployment): Promise<string | null> => {
  const before = deployment.exits.length
  sleeper.resume()
  const deadline = performance.now() + WAKE_MS
  while (performance.now() < deadline) {
    const exit = deployment.exits.slice(before).find(({ instance }) => instance === sleeper.name)
    if (exit !== undefined) return exit.how
    await sleep(100)
  }
  return null
}

/** Both epochs by the commands that an auditor has. @returns what does not hold */
const auditBoth = async (
  dir: string,
  env: Readonly<Record<string, string>>,
  [former, next]: readonly [Deployment, Deployment],
  origin: string,
): Promise<ReadonlyArray<string>> => {
  const failures: Array<string> = []
  const call = async (args: ReadonlyArray<string>, prefix: string): Promise<void> => {
    const { code, out, err } = await startAssay(args, { cwd: dir, env: { ...env, [KAFKA.prefix.key]: prefix } }).done
    if (code !== 0) failures.push(`assay ${args.join(" ")} ends with ${code}: ${`${out}${err}`.slice(0, 2_000)}`)
  }
  await call(["replay", "--after", FORMER, "--roots", former.rootsFile, "--json"], NEXT)
  for (const [{ sealDir }, prefix] of [
    [former, FORMER],
    [next, NEXT],
  ] as const)
    await call(["verify", sealDir, "--key", join(sealDir, "vkeys"), "--streams", "--json"], prefix)
  const proof = join(dir, "proof")
  await call(["prove", origin, "--data", former.sealDir, "--out", proof], FORMER)
  await call(["verify-proof", proof, "--key", join(former.sealDir, "vkeys")], FORMER)
  return failures
}

/** @throws Error where a deployment does not come up, or does not settle in time: see the logs in `dir` */
export const runGrow = async (options: GrowRunOptions): Promise<GrownReport> => {
  const { servers, dir, topology, instances, seed, faults, seconds, everyMs, devices, progress } = options
  const { brokers } = servers.cluster
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 6_000 })
  const site = await openSite({ ...options, world, prefix: FORMER })
  const ends: Array<string> = []
  const failures: Array<string> = []
  const port = await freePorts(3)
  const mosquitto = await startBroker(join(dir, "mosquitto"), port)
  const adapters = instancesIn(dir, ends)
  const adapterOf = (name: string, prefix: string, at: number): Instance =>
    adapters(name, at, ["ingress", "mqtt", "--port", String(at)], {
      ...kafkaEnvironment(brokers, prefix),
      ...siteEnvironment(servers),
      ...adapterSettings(mosquitto.url),
      [NODE.topology.key]: topology,
    })
  const env = { ...kafkaEnvironment(brokers, FORMER), ...siteEnvironment(servers) }
  const closing: Array<() => Promise<unknown>> = [() => mosquitto.stop(), () => site.stop()]
  try {
    const adapter = adapterOf("adapter", FORMER, port + 1)
    closing.push(() => adapter.stop())
    await site.deployment.untilReady(READY_MS)
    await adapter.untilReady(READY_MS)
    const [first] = site.deployment.services
    const takers = (deployment: Deployment) => deployment.of(first!)
    const book: Book = new Map()
    const fleet = Array.from({ length: devices }, (_, n) => world.device(`http ${n}`, { ordinal: n }))
    const talk = startTalk({
      ...{ devices: fleet, everyMs, seed, book },
      addresses: takers(site.deployment).map(({ url }) => url),
    })
    const publishing = await startDevices(mosquitto.url, world, devices, everyMs)
    progress(`${2 * devices} devices send, half of them over MQTT`)
    const all = (deployment: Deployment, more: Instance) => () => [...deployment.instances, more]
    let killedInstances = 0
    await sleep(seconds * 1_000)
    if (faults) killedInstances += await killing(all(site.deployment, adapter), seconds)
    await site.deployment.untilReady(READY_MS)
    const before = waited(talk.takeLongest())

    const sleeper = faults ? takers(site.deployment).at(-1)! : null
    if (sleeper !== null) {
      sleeper.pause()
      progress(`${sleeper.name} sleeps`)
      await sleep(2 * SESSION_MS)
    }
    const began = performance.now()
    const switched = await switchOver({
      ...{ dir, world, sleeper, env, progress, kills: options.kills, backwards: options.backwards, toPrefix: NEXT },
      ...{ deployment: site.deployment, partitions: options.times * PARTITIONS },
    })
    progress(`the next epoch is filled after ${switched.filledMs} ms`)
    const next = await startDeployment({
      ...{ brokers, topology, instances, prefix: NEXT, roots: world.rootSet, dir: join(dir, "next") },
      env: siteEnvironment(servers),
    })
    closing.push(() => next.stop())
    await adapter.stop()
    const after = adapterOf("adapter-next", NEXT, port + 2)
    closing.push(() => after.stop())
    const urls = takers(next).map(({ url }) => url)
    // Some still have the address of the one that sleeps.
    talk.addresses = sleeper === null ? urls : [sleeper.url, ...urls]
    await next.untilReady(READY_MS)
    await after.untilReady(READY_MS)
    const readyMs = Math.round(performance.now() - began)
    progress(`all is ready again after ${readyMs} ms`)
    const sleeperEnded = sleeper === null ? null : await wake(sleeper, site.deployment)
    if (sleeper !== null) {
      await sleeper.kill()
      if (sleeperEnded !== "exit code 2") failures.push(`the process that slept: ${sleeperEnded ?? "it goes on"}`)
      if (!readFileSync(sleeper.logFile, "utf8").includes("epoch 2 goes on from it at next."))
        failures.push("the process that slept does not say where the log goes on")
    }
    await talk.heardAll(READY_MS)
    const during = waited(talk.takeLongest())
    if (faults) killedInstances += await killing(all(next, after), seconds)
    else await sleep(seconds * 1_000)
    await next.untilReady(READY_MS)
    await talk.stop()
    await publishing.stop()
    for (const { device, digest } of publishing.sent)
      book.set(digest, { device, by: "mqtt", origin: null, acknowledged: true })
    await untilQuiet(after, READY_MS)
    const log = await openLog(readLogConfiguration({ ...env, [KAFKA.prefix.key]: NEXT }), null)
    closing.push(() => log.close())
    await untilDone(() => openWork(log, topology), SETTLE_MS)
    await after.stop()
    for (const name of await next.stop()) failures.push(`${name} did not end on SIGTERM and was killed`)
    progress("checking both epochs ...")
    const { epoch, ...times } = switched
    const checked = await checkGrown([site.log, log], epoch, book)
    for (const { name, findings } of checked.results)
      for (const finding of findings) failures.push(`${name}: ${finding}`)
    failures.push(...talk.problems, ...(await auditBoth(dir, env, [site.deployment, next], checked.former.at(-1)!)))
    return {
      ...{ switched: times, readyMs, killedInstances, sleeperEnded, checked, failures },
      waitedMs: { before, during, after: waited(talk.takeLongest()) },
      refused: Object.fromEntries(talk.refused),
    }
  } finally {
    for (const close of closing.reverse()) await close()
  }
}

/** The adapter has nothing under way. */
const untilQuiet = async (adapter: Instance, withinMs: number): Promise<void> => {
  const deadline = performance.now() + withinMs
  for (;;) {
    const metrics = await adapter.metrics()
    const open = /^assay_ingress_under_way\S* (\d+)/m.exec(metrics ?? "")?.[1]
    if (open === "0") return
    if (performance.now() > deadline) throw new Error(`the adapter still has ${open ?? "?"} publications under way`)
    await sleep(500)
  }
}
