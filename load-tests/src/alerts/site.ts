/** A staged deployment with brokers and Redis of its own, under a little load, and its metrics as Prometheus would read them. */
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { publishKnowledge } from "@assay/engine"
import { World } from "@assay/fleet"
import type { Cluster } from "@assay/infra/kafka"
import type { Log } from "@assay/log"
import { openWork } from "@assay/node"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { KAFKA, NODE, READ_MODEL } from "@assay/settings"
import { assay, kafkaEnvironment } from "../cluster/assay.ts"
import { ownBrokers } from "../cluster/brokers.ts"
import { type Deployment, startDeployment } from "../cluster/deployment.ts"
import type { Instance } from "../cluster/instance.ts"
import { untilDone } from "../cluster/work.ts"
import { AttemptLog } from "../faults/attempts.ts"
import { type Load, startLoad, submitter } from "../faults/load.ts"
import { ownRedis, type RunningRedis } from "../faults/services.ts"
import { inOneRow, type Said, trafficOf } from "../faults/traffic.ts"
import { nowSeconds } from "../now.ts"
import { type ForeignTransaction, foreignTransaction } from "./foreign-transaction.ts"
import { type Program, startPrograms } from "./programs.ts"
import { type AlertReceiver, alertReceiver } from "./receiver.ts"
import { joined, type Snapshot, scrapeOf } from "./tape.ts"

export interface AlertSite {
  readonly prefix: string
  readonly world: World
  readonly log: Log
  readonly cluster: Cluster
  readonly redis: RunningRedis
  readonly deployment: Deployment
  /** Environment of commands on this log. */
  readonly env: Readonly<Record<string, string>>
  /** What an export of `beside` may send to. */
  readonly receiver: AlertReceiver
  readonly foreign: ForeignTransaction
  submit(said: Said): Promise<void>
  /** For what belongs to this run; removed with it. */
  readonly dir: string
  /** Starts a program beside the services (`programs.ts`). What it says belongs to every snapshot from then on. */
  beside(name: string, args: ReadonlyArray<string>, more?: Omit<Program, "name" | "args">): Promise<Instance>
  /** What `beside` started under this name. */
  other(name: string): Instance
  /** To be done when all ends: last in, first out. */
  atEnd(stop: () => Promise<unknown>): void
  /** The devices of the load say no more, and all that they said is decided; until `speak`. */
  silence(): Promise<void>
  speak(): void
  /** What all processes say now; one that was ended or does not answer is down, one that is not found says nothing at all. */
  snapshot(): Promise<Snapshot>
  /** Whether Prometheus finds it: not where its pod is deleted or cannot be scheduled, or no container has its name. */
  isFound(one: Instance, found: boolean): void
  /** Resolves with the first snapshot that holds. @throws Error where none does in time */
  untilSeen(what: string, holds: (snapshot: Snapshot) => boolean, withinMs?: number): Promise<Snapshot>
  stop(): Promise<void>
}

export const PARTITIONS = 4
export const SESSION_MS = 3_000
/** Below the time after which a call to brokers that are away is given up: an outage must show as one all the same. */
const STALL_MS = 10_000
const PREFIX = "alerts."
const PER_SECOND = 20
const READY_MS = 180_000
const SETTLE_MS = 180_000
const SEEN_MS = 90_000
const ANSWER_MS = 10_000
const POLL_MS = 500

/** The values of all series of this metric. */
export const valuesOf = (snapshot: Snapshot, metric: string, label = ""): ReadonlyArray<number> =>
  [...snapshot.values]
    .filter(([series]) => series.startsWith(`${metric}{`) && series.includes(label))
    .map(([, value]) => value)

export const sumOf = (snapshot: Snapshot, metric: string, label = ""): number =>
  valuesOf(snapshot, metric, label).reduce((sum, value) => sum + value, 0)

const textOf = async (url: string): Promise<string | null> => {
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
    return answer.ok ? await answer.text() : null
  } catch {
    return null // that nobody answers is what is measured
  }
}

export const openAlertSite = async (dir: string, progress: (line: string) => void): Promise<AlertSite> => {
  const stops: Array<() => Promise<unknown>> = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    const { cluster, brokers, stop: stopBrokers } = await ownBrokers(dir, 1, progress)
    stops.push(stopBrokers)
    const redis = await ownRedis(dir)
    stops.push(() => redis.stop())
    const env = kafkaEnvironment(brokers, PREFIX)
    await assay(["topics", "apply", "--partitions", String(PARTITIONS)], env)
    // Two days: their end is near, which is an alert of its own. Lists of the fleet are a day old, so with one they would be stale.
    const world = new World({ seed: "alerts", now: nowSeconds(), days: 2 })
    const log = await openLog(readLogConfiguration(env), null)
    stops.push(() => log.close())
    for (const [kind, body] of world.signedItems) await publishKnowledge(log, kind, body)
    const deployment = await startDeployment({
      ...{ brokers, prefix: PREFIX, roots: world.rootSet, topology: "staged", dir: join(dir, "deployment") },
      env: {
        [READ_MODEL.redisUrl.key]: redis.url,
        [KAFKA.sessionTimeoutMs.key]: String(SESSION_MS),
        [KAFKA.transactionTimeoutMs.key]: String(SESSION_MS),
        [NODE.stallMs.key]: String(STALL_MS),
        [NODE.workers.key]: "0",
      },
    })
    stops.push(() => deployment.stop())
    await deployment.untilReady(READY_MS)
    const through = submitter({
      log,
      attemptLog: new AttemptLog(),
      onProblem: (cause) => progress(`the load met ${String(cause)}`),
    })
    const traffic = inOneRow(trafficOf({ world, seed: "alerts", devices: 20, attackEvery: () => 1_000_000 }))
    await Promise.all([...traffic.enrolment()].map((said) => through.submit(said)))
    const settled = (): Promise<void> => untilDone(() => openWork(log, "staged"), SETTLE_MS)
    await settled()
    const speaking = (): Load => startLoad({ traffic, perSecond: PER_SECOND, through })
    let load = speaking()
    stops.push(() => load.stop())
    const foreign = foreignTransaction(brokers, PREFIX, PARTITIONS)
    stops.push(() => foreign.abort())
    const receiver = await alertReceiver()
    stops.push(() => receiver.leave())
    const programs = startPrograms(dir, env, progress)
    stops.push(() => programs.stop())
    const notFound = new Set<Instance>()
    const snapshot = async (): Promise<Snapshot> =>
      joined(
        await Promise.all(
          [...deployment.instances, ...programs.scraped]
            .filter((one) => !notFound.has(one))
            .map(async (one) =>
              scrapeOf(one.state === "running" ? await textOf(one.url) : null, one.name, one.service),
            ),
        ),
      )
    return {
      dir,
      beside: (name, args, more = {}) => programs.start({ name, args, ...more }),
      other: (name) => programs.of(name),
      isFound: (one, found) => void (found ? notFound.delete(one) : notFound.add(one)),
      atEnd: (end) => void stops.push(end),
      silence: async () => {
        await load.stop()
        await settled()
      },
      speak: () => {
        load = speaking()
      },
      ...{ prefix: PREFIX, world, log, cluster, redis, deployment, env, receiver, foreign, snapshot, stop },
      submit: through.submit,
      untilSeen: async (what, holds, withinMs = SEEN_MS) => {
        for (const deadline = performance.now() + withinMs; ; ) {
          const seen = await snapshot()
          if (holds(seen)) return seen
          if (performance.now() > deadline) throw new Error(`not seen in ${withinMs / 1_000} s: ${what}`)
          await sleep(POLL_MS)
        }
      },
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}
