/** Hours at a rate that a deployment keeps up with, a fault every minute, and what must stay as it is meanwhile. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import { REGISTRY } from "@assay/settings"
import { findKnee, LIMITS, type RateResult } from "../bench/knee.ts"
import { assay, kafkaEnvironment } from "../cluster/assay.ts"
import { CHAINED, type Deployment } from "../cluster/deployment.ts"
import { fleetOn } from "../faults/fleet.ts"
import type { Setting } from "../faults/inject-fault.ts"
import { startCounters, sumOf } from "../faults/process-counters.ts"
import { playRound, type RoundResult } from "../faults/rounds.ts"
import { FAULTS, type FaultKind, scheduleOf } from "../faults/schedule.ts"
import { openSite, SESSION_MS, type Servers, type Site, TRANSACTION_MS } from "../faults/setup.ts"
import { inOneRow, trafficOf } from "../faults/traffic.ts"
import { nowSeconds } from "../now.ts"
import { type Flat, flatOf } from "./flat.ts"
import { Ledger } from "./ledger.ts"

export interface SoakOptions {
  readonly servers: Servers
  readonly dir: string
  readonly minutes: number
  /** Seconds from one fault to the next. */
  readonly every: number
  /** Messages a second; null: `share` of the knee, which is found first. */
  readonly perSecond: number | null
  readonly share: number
  readonly devices: number
  readonly seed: string
  readonly progress: (line: string) => void
}

/** A piece of the run. */
export interface Piece {
  readonly second: number
  readonly decisions: number
  /** Milliseconds from being submitted to being decided. */
  readonly p50: number
  readonly p99: number
  /** Bytes of resident memory of the process that no fault hits. */
  readonly memory: number
}

export interface SoakReport {
  readonly perSecond: number
  /** Null: the rate was given. */
  readonly knee: number | null
  readonly minutes: number
  readonly pieces: ReadonlyArray<Piece>
  readonly rounds: ReadonlyArray<RoundResult>
  readonly memory: Flat
  readonly latency: Flat
  readonly acknowledged: number
  readonly decided: number
  readonly unanswered: number
  /** Decided, and never acknowledged: answers that a fault took. */
  readonly unknown: number
  readonly unproven: number
  readonly starts: number
  readonly sealed: string
  readonly failures: ReadonlyArray<string>
}

const READY_MS = 180_000
const SETTLE_MS = 600_000
const PIECE_S = 10
const KNEE_SECONDS = 10
const KNEE_RATES = [100, 200, 400, 700, 1_000, 1_500, 2_200, 3_000, 4_000, 6_000]
const ATTACK_EVERY = 40
const LONG_MINUTES = 10
/** What devices of attacks, caches and the collector's mood come to. */
const MEMORY_BORNE = { share: 0.1, noise: 24 << 20 }
const LATENCY_BORNE = { share: 0.5, noise: 100 }
const KINDS = (Object.keys(FAULTS) as ReadonlyArray<FaultKind>).filter(
  (kind) => kind !== "kill-service" && kind !== "registry-restart",
)
const MAX_INSTANCES = 3

/** The deployment without its first instance: no fault hits that one, so its memory is that of the whole run. */
const others = (deployment: Deployment): Deployment => {
  const first = deployment.of(CHAINED)[0]!
  return {
    ...deployment,
    get instances() {
      return deployment.instances.filter((one) => one !== first)
    },
    of: (service) => deployment.of(service).filter((one) => one !== first),
  }
}

const memoryOf = (pid: number | null): number => {
  if (pid === null) return 0
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024
}

const percentile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

export const runSoak = async (options: SoakOptions): Promise<SoakReport> => {
  const { servers, minutes, every, devices, seed, progress } = options
  const world = new World({ seed, now: nowSeconds() })
  const site: Site = await openSite({ ...options, world, topology: "chained", prefix: "soak.", instances: 2 })
  const { log, deployment } = site
  const failures: Array<string> = []
  const ledger = new Ledger(log.partitions)
  let latencies: Array<number> = []
  let decisions = 0
  const fleet = fleetOn({
    ...{ log, deployment, topology: "chained", attemptLog: ledger, progress },
    traffic: inOneRow(trafficOf({ world, seed, devices, attackEvery: ATTACK_EVERY })),
    ...{ readyMs: READY_MS, settleMs: SETTLE_MS, onProblem: (problem) => failures.push(problem) },
    onDecision: (partition, offset, sentAt) => {
      ledger.decide(partition, offset)
      decisions++
      if (sentAt !== null) latencies.push(performance.now() - sentAt)
    },
  })

  const measure = async (perSecond: number): Promise<RateResult> => {
    const load = fleet.load(perSecond)
    await sleep((KNEE_SECONDS / 3) * 1_000)
    latencies = []
    const before = decisions
    await sleep((KNEE_SECONDS / 3) * 1_000)
    const backlogMiddle = await fleet.work()
    await sleep((KNEE_SECONDS / 3) * 1_000)
    const backlogEnd = await fleet.work()
    const decided = ((decisions - before) * 1.5) / KNEE_SECONDS
    await load.stop()
    await fleet.settled()
    const found = { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) }
    progress(
      `  ${perSecond}/s: ${decided.toFixed(0)} decided, p50 ${found.p50.toFixed(0)} ms, p99 ${found.p99.toFixed(0)} ms`,
    )
    return {
      ...{ offered: perSecond, decided, backlogMiddle, backlogEnd, finished: decided > 0.9 * perSecond, cores: {} },
      ...{ ...found, count: latencies.length, p90: 0, p999: 0, max: 0 },
    }
  }

  const pieces: Array<Piece> = []
  const rounds: Array<RoundResult> = []
  try {
    await deployment.untilReady(READY_MS)
    await fleet.enrol()
    let knee: number | null = null
    if (options.perSecond === null) {
      progress("looking for the knee ...")
      const limits = { ...LIMITS, p99: 2_000 }
      const sweep = await findKnee({ rates: KNEE_RATES, refinements: 1, seconds: KNEE_SECONDS, limits, measure })
      if (sweep.knee === null) throw new Error("not even the lowest rate is sustained here")
      knee = sweep.knee
    }
    const perSecond = options.perSecond ?? Math.max(10, Math.floor(options.share * knee!))
    progress(`${perSecond} messages a second for ${minutes} minutes, a fault every ${every} s ...`)
    const first = deployment.of(CHAINED)[0]!
    const firstStarts = first.starts
    const counters = startCounters()
    const setting: Setting = { ...servers, deployment: others(deployment), counters, maxInstances: MAX_INSTANCES }
    const schedule = scheduleOf({
      ...{ seed: `soak\0${seed}`, rounds: Math.max(1, Math.floor((minutes * 60) / every)), kinds: KINDS },
      timeoutMs: Math.max(SESSION_MS, TRANSACTION_MS),
    })
    const load = fleet.load(perSecond)
    const started = performance.now()
    const second = (): number => (performance.now() - started) / 1_000
    const stopping = new AbortController()
    const watching = (async () => {
      for (let nth = 1; !stopping.signal.aborted; nth++) {
        latencies = []
        const before = decisions
        const due = nth * PIECE_S * 1_000 - (performance.now() - started)
        await sleep(Math.max(0, due), undefined, { signal: stopping.signal }).catch(() => undefined)
        if (stopping.signal.aborted) return
        pieces.push({
          ...{ second: Math.round(second()), decisions: decisions - before, memory: memoryOf(first.pid) },
          ...{ p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
        })
      }
    })()
    for (const [nth, round] of schedule.entries()) {
      const due = nth * every * 1_000 - (performance.now() - started)
      if (due > 0) await sleep(due)
      if (second() > minutes * 60) break
      const one = await playRound(setting, fleet.flow, round)
      rounds.push(one)
      const what = one.faults.map(({ kind, recoveredMs }) => `${kind} ${recoveredMs ?? "NOT RECOVERED"} ms`).join(" + ")
      progress(`  ${second().toFixed(0)} s: ${what}; p50 ${(pieces.at(-1)?.p50 ?? 0).toFixed(0)} ms`)
      if (one.faults.some(({ recoveredMs }) => recoveredMs === null)) {
        failures.push(`second ${second().toFixed(0)}: decisions did not flow again in time`)
        break
      }
    }
    const left = minutes * 60 - second()
    if (left > 0) await sleep(left * 1_000)
    stopping.abort()
    await watching
    await load.stop()
    await fleet.end()
    const texts = await Promise.all(deployment.instances.map((one) => one.metrics()))
    const unproven = texts.reduce((sum, text) => sum + sumOf(text ?? "", "assay_verified_unproven_total"), 0)
    const starts = deployment.starts()
    for (const name of await deployment.stop()) failures.push(`${name} had to be killed`)
    const unknown = ledger.close()
    failures.push(...ledger.findings)
    if (unknown > ledger.unanswered)
      failures.push(`${unknown} decisions on what nobody acknowledged, and only ${ledger.unanswered} without an answer`)
    if (unproven > 0) failures.push(`${unproven} messages were verified without proof`)
    if (first.starts !== firstStarts) failures.push("the process that no fault hits ended by itself")
    progress("verifying what was sealed ...")
    const env = { ...kafkaEnvironment(servers.cluster.brokers, "soak."), [REGISTRY.url.key]: servers.registry.url }
    const sealed = await assay(
      ["verify", deployment.sealDir, "--key", join(deployment.sealDir, "vkeys"), "--streams"],
      env,
    ).catch((cause: Error) => {
      failures.push(cause.message)
      return cause.message
    })
    const memory = flatOf(
      pieces.map((one) => one.memory),
      MEMORY_BORNE,
    )
    const latency = flatOf(
      pieces.filter((one) => one.decisions > 0).map(({ p50 }) => p50),
      LATENCY_BORNE,
    )
    // What a minute or two show is how the machine is, not whether something grows.
    const isLong = minutes >= LONG_MINUTES
    if (isLong && !memory.holds) failures.push(`memory grew from ${memory.earlier} to ${memory.later} bytes`)
    if (isLong && !latency.holds)
      failures.push(`the median latency went from ${latency.earlier} to ${latency.later} ms`)
    return {
      ...{ perSecond, knee, minutes, pieces, rounds, memory, latency, unknown, unproven, starts, failures },
      ...{ acknowledged: ledger.acknowledged, decided: ledger.decided, unanswered: ledger.unanswered },
      sealed: sealed.trim().split("\n").at(-1)!,
    }
  } finally {
    await site.stop()
  }
}
