/** Load that doubles and halves, a scaler that follows its lag, and the proof that nothing was lost or doubled. */
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { publishKnowledge } from "@assay/engine"
import { World } from "@assay/fleet"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { KAFKA, NODE } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { settingsOf } from "../bench/target-kafka.ts"
import { assay, kafkaEnvironment } from "../cluster/assay.ts"
import type { Brokers } from "../cluster/brokers.ts"
import { CHAINED, startDeployment } from "../cluster/deployment.ts"
import type { Instance } from "../cluster/instance.ts"
import { AttemptLog } from "../faults/attempts.ts"
import { type Checked, checkAll } from "../faults/check/check.ts"
import { fleetOn } from "../faults/fleet.ts"
import { inOneRow, trafficOf } from "../faults/traffic.ts"
import { nowSeconds } from "../now.ts"
import { groupLag } from "./group-lag.ts"
import { Scaler, type ScalerSettings } from "./scaler.ts"
import { type Throttled, throttle } from "./throttle.ts"

export interface ScalingOptions {
  readonly brokers: Brokers
  readonly dir: string
  readonly settings: ScalerSettings
  /** Of a core, for each instance. */
  readonly share: number
  /** Messages a second, and for how many seconds, one after another. */
  readonly phases: ReadonlyArray<{ readonly perSecond: number; readonly seconds: number }>
  readonly devices: number
  readonly seed: string
  readonly progress: (line: string) => void
}

/** What was seen each time lag was read. */
export interface Seen {
  readonly second: number
  readonly perSecond: number
  readonly lag: ReadonlyArray<number>
  readonly instances: number
  readonly ready: number
}

export interface PhaseResult {
  readonly perSecond: number
  readonly seconds: number
  readonly mostLag: number
  readonly mostInstances: number
  /** Milliseconds from being submitted to being decided. */
  readonly p50: number
  readonly p99: number
  /** Seconds from the phase's beginning until no more waited than one instance may have; null: not within it. */
  readonly caughtUp: number | null
}

export interface ScalingReport {
  readonly settings: ScalerSettings
  readonly seen: ReadonlyArray<Seen>
  readonly phases: ReadonlyArray<PhaseResult>
  /** Lag by partition at the very end, when all was decided and nobody wrote: markers of transactions. */
  readonly restingLag: ReadonlyArray<number>
  readonly changes: number
  readonly submitted: number
  readonly unanswered: number
  readonly problems: ReadonlyArray<string>
  readonly unwilling: ReadonlyArray<string>
  readonly checked: Checked
}

const READY_MS = 120_000
const SETTLE_MS = 240_000
const PREFIX = "scaling."
/** A process that sleeps for most of each tenth of a second must not lose its share for it. */
const SESSION_MS = 10_000

const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!

export const runScaling = async (options: ScalingOptions): Promise<ScalingReport> => {
  const { brokers, dir, settings, share, phases, devices, seed, progress } = options
  const world = new World({ seed, now: nowSeconds() })
  const env = kafkaEnvironment(brokers.brokers, PREFIX)
  await assay(["topics", "apply", "--partitions", String(settings.partitions)], env)
  const log = await openLog(readLogConfiguration(env), null)
  for (const [kind, body] of world.signedItems) await publishKnowledge(log, kind, body)
  const deployment = await startDeployment({
    ...{ brokers: brokers.brokers, prefix: PREFIX, roots: world.rootSet, topology: "chained" },
    ...{ instances: settings.minReplicas, dir: join(dir, "deployment") },
    env: { [NODE.workers.key]: "0", [KAFKA.sessionTimeoutMs.key]: String(SESSION_MS) },
  })
  const lagReader = await groupLag(settingsOf(brokers.brokers, ""), `${PREFIX}chained`, `${PREFIX}${STREAMS.submitted}`)
  const throttled = new Map<Instance, Throttled>()
  const limit = (instance: Instance): void => {
    throttled.set(instance, throttle(instance, share))
  }
  const problems: Array<string> = []
  const attemptLog = new AttemptLog()
  let latencies: Array<number> = []
  const fleet = fleetOn({
    ...{ log, deployment, topology: "chained", attemptLog, progress },
    traffic: inOneRow(trafficOf({ world, seed, devices })),
    ...{ readyMs: READY_MS, settleMs: SETTLE_MS, onProblem: (problem) => problems.push(problem) },
    onDecision: (_partition, _offset, sentAt) => {
      if (sentAt !== null) latencies.push(performance.now() - sentAt)
    },
  })
  const seen: Array<Seen> = []
  const results: Array<PhaseResult> = []
  let changes = 0
  let current = { perSecond: 0 }
  const stopping = new AbortController()
  const scaler = new Scaler(settings)
  const started = performance.now()
  const now = (): number => (performance.now() - started) / 1_000

  const change = async (wanted: number): Promise<void> => {
    const instances = deployment.of(CHAINED)
    if (wanted === instances.length) return
    changes++
    progress(`  ${now().toFixed(0)} s: ${instances.length} -> ${wanted} instances`)
    for (let nth = instances.length; nth < wanted; nth++) limit(deployment.add(CHAINED))
    // The first one seals, so the others go first, each by SIGTERM as a pod does.
    for (const one of instances.slice(wanted)) {
      await deployment.remove(one, "stop")
      await throttled.get(one)?.stop()
      throttled.delete(one)
    }
  }
  const scale = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(settings.pollingInterval * 1_000)
      const lag = await lagReader.read()
      const all = deployment.of(CHAINED)
      const reasons = await Promise.all(all.map((instance) => instance.notReady()))
      seen.push({
        ...{ second: now(), perSecond: current.perSecond, lag, instances: all.length },
        ready: reasons.filter((reason) => reason === null).length,
      })
      await change(scaler.decide(now(), lag, all.length))
    }
  }

  try {
    await deployment.untilReady(READY_MS)
    for (const instance of deployment.of(CHAINED)) limit(instance)
    await fleet.enrol()
    const scaling = scale()
    scaling.catch((cause) => {
      problems.push(`the scaler: ${String(cause)}`)
      stopping.abort()
    })
    for (const phase of phases) {
      current = phase
      latencies = []
      progress(`${phase.perSecond} messages a second for ${phase.seconds} s ...`)
      const from = seen.length
      const began = now()
      const load = fleet.load(phase.perSecond)
      await sleep(phase.seconds * 1_000, undefined, { signal: stopping.signal }).catch(() => undefined)
      await load.stop()
      const part = seen.slice(from)
      const total = ({ lag }: Seen): number => lag.reduce((sum, one) => sum + one, 0)
      const late = part.filter((one) => total(one) > settings.lagThreshold)
      const last = late.at(-1)
      const after = last === undefined ? part[0] : part[part.indexOf(last) + 1]
      const sorted = [...latencies].sort((a, b) => a - b)
      results.push({
        ...phase,
        mostLag: Math.max(0, ...part.map(total)),
        mostInstances: Math.max(0, ...part.map(({ instances }) => instances)),
        ...{ p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) },
        caughtUp: last === undefined ? 0 : after === undefined ? null : after.second - began,
      })
    }
    stopping.abort()
    await scaling.catch(() => undefined) // reported above
    for (const one of throttled.values()) await one.stop()
    await fleet.end()
    const restingLag = await lagReader.read()
    const unwilling = await deployment.stop()
    const checked = await checkAll({
      ...{ log, attemptLog, roots: world.rootSet, topology: "chained", sealDir: deployment.sealDir, model: null },
      progress,
    })
    return {
      ...{ settings, seen, phases: results, restingLag, changes, problems, unwilling, checked },
      ...{ submitted: attemptLog.attempts.length, unanswered: attemptLog.unanswered },
    }
  } finally {
    stopping.abort()
    for (const one of throttled.values()) await one.stop()
    await deployment.stop()
    await lagReader.stop()
    await log.close()
  }
}
