/** Hours at a rate that a deployment keeps up with, a fault every minute, and what must stay as it is meanwhile. */
import { readFileSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import { REGISTRY } from "@assay/settings"
import { assay, kafkaEnvironment } from "../cluster/assay.ts"
import { CHAINED, type Deployment } from "../cluster/deployment.ts"
import { fleetOn } from "../faults/fleet.ts"
import type { Setting } from "../faults/inject-fault.ts"
import { startCounters, sumOf } from "../faults/process-counters.ts"
import { playRound, type RoundResult } from "../faults/rounds.ts"
import { FAULTS, type FaultKind, scheduleOf } from "../faults/schedule.ts"
import { openSite, PARTITIONS, SESSION_MS, type Servers, type Site, TRANSACTION_MS } from "../faults/setup.ts"
import { inOneRow, trafficOf } from "../faults/traffic.ts"
import { nowSeconds } from "../now.ts"
import { aliveOf, INSPECTED } from "./alive.ts"
import { flatOf } from "./flat.ts"
import { kneeOf } from "./knee.ts"
import { Ledger } from "./ledger.ts"
import { Meter } from "./meter.ts"
import type { Piece, SoakReport } from "./report.ts"
import { requireRoom } from "./room.ts"

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
  /** When it is aborted the load ends after the round in hand, and what was played is checked. */
  readonly stopping: AbortSignal
  /** After each round, and at the end. */
  readonly onReport: (report: SoakReport) => void
}

const READY_MS = 180_000
const SETTLE_MS = 600_000
/** A piece is so long; in a run of hours a minute. */
const PIECE_S = { short: 10, long: 60 } as const
const LONG_PIECES_MINUTES = 30
/**
 * Of so many messages one is a step of an attack, and one a second at most: attackers have devices of their own, new ones each
 * time, and in hours these would be what grows.
 */
const ATTACK_EVERY = 40
const LONG_MINUTES = 10
/** What devices of attacks, caches, and a partition more come to. */
const MEMORY_BORNE = { share: 0.1, noise: 12 << 20 }
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

const residentOf = (pid: number | null): number => {
  if (pid === null) return 0
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024
}

export const runSoak = async (options: SoakOptions): Promise<SoakReport> => {
  const { servers, minutes, every, devices, seed, progress, stopping } = options
  const world = new World({ seed, now: nowSeconds() })
  const site: Site = await openSite({
    ...{ ...options, world, env: INSPECTED },
    ...{ topology: "chained", prefix: "soak.", instances: 2 },
  })
  const { log, deployment } = site
  const failures: Array<string> = []
  const ledger = new Ledger(log.partitions)
  const meter = new Meter()
  let attackEvery = ATTACK_EVERY
  const fleet = fleetOn({
    ...{ log, deployment, topology: "chained", attemptLog: ledger, progress },
    traffic: inOneRow(trafficOf({ world, seed, devices, attackEvery: () => attackEvery })),
    ...{ readyMs: READY_MS, settleMs: SETTLE_MS, onProblem: (problem) => failures.push(problem) },
    onDecision: (partition, offset, sentAt) => {
      ledger.decide(partition, offset)
      meter.decided(sentAt === null ? null : performance.now() - sentAt)
    },
  })

  const pieces: Array<Piece> = []
  const rounds: Array<RoundResult> = []
  try {
    await deployment.untilReady(READY_MS)
    await fleet.enrol()
    const knee = options.perSecond === null ? await kneeOf(fleet, meter, progress) : null
    const perSecond = options.perSecond ?? Math.max(10, Math.floor(options.share * knee!))
    attackEvery = Math.max(ATTACK_EVERY, perSecond)
    requireRoom({ dir: options.dir, minutes, perSecond, devices, partitions: PARTITIONS })
    progress(`${perSecond} messages a second for ${minutes} minutes, a fault every ${every} s ...`)
    const pieceSeconds = minutes >= LONG_PIECES_MINUTES ? PIECE_S.long : PIECE_S.short
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
    const until = async (due: number, signal: AbortSignal): Promise<void> => {
      // An abort ends the wait, and whoever waits asks the signal.
      if (due > second()) await sleep((due - second()) * 1_000, undefined, { signal }).catch(() => undefined)
    }
    const reportOf = (state: SoakReport["state"], seconds: number): SoakReport => ({
      ...{ state, perSecond, knee, devices, minutes, every },
      ...{ seconds: Math.round(seconds), pieceSeconds, pieces, rounds },
      memory: flatOf(
        pieces.flatMap(({ alive }) => (alive === null ? [] : [alive])),
        MEMORY_BORNE,
      ),
      latency: flatOf(
        pieces.filter((one) => one.decisions > 0).map(({ p50 }) => p50),
        LATENCY_BORNE,
      ),
      ...{ acknowledged: ledger.acknowledged, decided: ledger.decided, unanswered: ledger.unanswered },
      ...{ unknown: null, unproven: null, sealed: null, starts: deployment.starts(), failures },
    })
    const over = new AbortController()
    meter.take()
    const watching = (async () => {
      for (let nth = 1; ; nth++) {
        await until(nth * pieceSeconds, over.signal)
        if (over.signal.aborted) return
        const { decisions, p50, p99 } = meter.take()
        const at = { second: Math.round(second()), decisions, p50, p99, load: loadavg()[0]! }
        const resident = residentOf(first.pid)
        // One that is starved answers late: that piece says nothing of its memory, and the trend needs enough others.
        const alive = await aliveOf(first.logFile).catch((cause: Error) => {
          progress(`  memory unknown: ${cause.message}`)
          return null
        })
        pieces.push({ ...at, resident, alive })
      }
    })()
    for (const [nth, round] of schedule.entries()) {
      await until(nth * every, stopping)
      if (stopping.aborted || second() > minutes * 60) break
      const one = await playRound(setting, fleet.flow, round)
      rounds.push(one)
      const what = one.faults.map(({ kind, recoveredMs }) => `${kind} ${recoveredMs ?? "NOT RECOVERED"} ms`).join(" + ")
      const last = pieces.at(-1)
      const memory =
        last === undefined ? "" : `; p50 ${last.p50.toFixed(0)} ms, ${((last.alive ?? 0) / (1 << 20)).toFixed(0)} MiB`
      progress(`  ${(second() / 60).toFixed(1)} of ${minutes} min: ${what}${memory}`)
      if (one.faults.some(({ recoveredMs }) => recoveredMs === null)) {
        failures.push(`second ${second().toFixed(0)}: decisions did not flow again in time`)
        break
      }
      options.onReport(reportOf("running", second()))
    }
    if (failures.length === 0) await until(minutes * 60, stopping)
    const seconds = second()
    over.abort()
    await watching
    await load.stop()
    await fleet.end()
    const texts = await Promise.all(deployment.instances.map((one) => one.metrics()))
    const unproven = texts.reduce((sum, text) => sum + sumOf(text ?? "", "assay_verified_unproven_total"), 0)
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
    const report = reportOf(stopping.aborted ? "stopped" : "ended", seconds)
    const { memory, latency } = report
    // What a minute or two show is how the machine is, not whether something grows.
    const isLong = seconds >= LONG_MINUTES * 60
    if (isLong && !memory.holds) failures.push(`memory grew from ${memory.earlier} to ${memory.later} bytes`)
    if (isLong && !latency.holds)
      failures.push(`the median latency went from ${latency.earlier} to ${latency.later} ms`)
    const whole = { ...report, unknown, unproven, sealed: sealed.trim().split("\n").at(-1)! }
    options.onReport(whole)
    return whole
  } finally {
    await site.stop()
  }
}
