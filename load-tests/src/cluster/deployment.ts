/**
 * A deployment on Kafka as an operator would run it: each service a process of its own, any number of instances of each.
 * Topics must be there (`assay topics apply`). Nothing of it outlives this program.
 */

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { COMMAND, HTTP } from "@assay/settings"
import { type RootSet, SERVICE_NAMES, STAGES } from "@assay/trust"
import { kafkaEnvironment } from "./assay.ts"
import { type Exit, Instance } from "./instance.ts"
import { startWatchdog } from "./watchdog.ts"

export interface DeploymentOptions {
  readonly brokers: ReadonlyArray<string>
  /** Of the streams. */
  readonly prefix: string
  readonly roots: RootSet
  readonly topology: "staged" | "chained"
  /** Staged only: which services; all five where left out. */
  readonly services?: ReadonlyArray<string>
  /** Of each service at the start (default 1). */
  readonly instances?: number
  /** Beside what names the log: ASSAY_TICK_MS, KAFKA_SESSION_TIMEOUT_MS, REDIS_URL and so on. */
  readonly env?: Readonly<Record<string, string>>
  /** For logs, pid files, roots, and the sealed log in `sealDir`. */
  readonly dir: string
  /** The sources of `assay` that instances begin with; those of this tree where left out. */
  readonly main?: string
  /** A process ended by itself; it is started again. */
  readonly onExit?: (exit: Exit) => void
}

export interface Deployment {
  /** Those that were not removed, by service and number. */
  readonly instances: ReadonlyArray<Instance>
  /** The services, or `assay` alone where chained. */
  readonly services: ReadonlyArray<string>
  /** What instances ended by themselves. */
  readonly exits: ReadonlyArray<Exit>
  /** The instance that seals the audit stream, by name. */
  readonly sealer: string
  /** Where the first instance of integrity-hasher (or of all) seals the audit stream. */
  readonly sealDir: string
  readonly rootsFile: string
  of(service: string): ReadonlyArray<Instance>
  /** Starts one more instance. It does not wait until that is ready. */
  add(service: string): Instance
  /** Ends an instance for good. */
  remove(instance: Instance, how: "stop" | "kill"): Promise<void>
  /** All that are wanted and not paused are ready. @throws Error that names the first that is not */
  untilReady(withinMs: number): Promise<void>
  /** Processes started so far, those that were removed among them. */
  starts(): number
  /** SIGTERM to all for good, last to the one that seals, so that it seals what the others leave. @returns those that had to be killed */
  stop(): Promise<ReadonlyArray<string>>
}

export const CHAINED = "assay"
/** Ports are handed out once; removed instances do not give theirs back. */
const PORTS = 200

/** Starts all instances. It does not wait until they are ready. */
export const startDeployment = async (options: DeploymentOptions): Promise<Deployment> => {
  const { dir, topology, prefix, brokers } = options
  const services =
    topology === "chained" ? [CHAINED] : (options.services ?? STAGES.map((stage) => SERVICE_NAMES[stage]))
  const sealing = topology === "chained" ? CHAINED : SERVICE_NAMES.integrity
  const logs = join(dir, "logs")
  mkdirSync(logs, { recursive: true })
  const rootsFile = join(dir, COMMAND.roots.fallback)
  writeFileSync(rootsFile, `${JSON.stringify(options.roots, null, 2)}\n`)
  const sealDir = join(dir, "sealed")
  const watchdog = startWatchdog(join(dir, "pids"), rootsFile)
  const firstPort = await freePorts(PORTS)
  const exits: Array<Exit> = []
  const all: Array<Instance> = []
  const ever: Array<Instance> = []
  const made = new Map<string, number>()
  let ports = 0

  const make = (service: string): Instance => {
    const nth = made.get(service) ?? 0
    made.set(service, nth + 1)
    if (ports === PORTS) throw new Error(`a deployment has at most ${PORTS} instances in its life`)
    const port = firstPort + ports++
    const name = `${service}-${nth}`
    const seals = service === sealing && nth === 0
    return new Instance({
      name,
      service,
      port,
      logFile: join(logs, `${name}.log`),
      watchdog,
      main: options.main,
      args: [
        "run",
        ...["--roots", rootsFile],
        ...(topology === "chained" ? ["--topology", "chained"] : ["--service", service]),
        ...(seals ? ["--data", sealDir] : []),
      ],
      env: { ...kafkaEnvironment(brokers, prefix), [HTTP.httpPort.key]: String(port), ...options.env },
      onExit: (exit) => {
        exits.push(exit)
        options.onExit?.(exit)
      },
    })
  }
  const add = (service: string): Instance => {
    const instance = make(service)
    all.push(instance)
    ever.push(instance)
    instance.start()
    return instance
  }
  for (const service of services) for (let nth = 0; nth < (options.instances ?? 1); nth++) add(service)

  return {
    instances: all,
    services,
    exits,
    sealer: `${sealing}-0`,
    sealDir,
    rootsFile,
    of: (service) => all.filter((instance) => instance.service === service),
    add,
    remove: async (instance, how) => {
      all.splice(all.indexOf(instance), 1)
      await instance.retire(how)
    },
    untilReady: async (withinMs) => {
      const wanted = all.filter((instance) => instance.wanted && instance.state !== "paused")
      await Promise.all(wanted.map((instance) => instance.untilReady(withinMs)))
    },
    starts: () => ever.reduce((sum, { starts }) => sum + starts, 0),
    stop: async () => {
      const end = async (instances: ReadonlyArray<Instance>): Promise<ReadonlyArray<string>> => {
        const ends = await Promise.all(instances.map(async (one) => ((await one.retire("stop")) ? null : one.name)))
        return ends.filter((name) => name !== null)
      }
      // Those that were removed before, too: whoever started one again meanwhile leaves nothing behind.
      const sealer = ever.filter(({ name }) => name === `${sealing}-0`)
      const others = await end(ever.filter((instance) => !sealer.includes(instance)))
      return [...others, ...(await end(sealer))]
    },
  }
}
