/** One topology from its first topic to the last check: load, faults, recovery, and what the committed streams say. */

import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import * as Redacted from "effect/Redacted"
import type { Exit } from "../cluster/instance.ts"
import { unsealedIn } from "../cluster/unsealed.ts"
import { type Topology, untilDone } from "../cluster/work.ts"
import { nowSeconds } from "../now.ts"
import { AttemptLog } from "./attempts.ts"
import { type Checked, checkAll } from "./check/check.ts"
import { untilFed } from "./check/model.ts"
import { fleetOn } from "./fleet.ts"
import type { Setting } from "./inject-fault.ts"
import { type Counted, startCounters } from "./process-counters.ts"
import { playRound, type RoundResult } from "./rounds.ts"
import { FAULTS, type FaultKind, scheduleOf } from "./schedule.ts"
import { openSite, SESSION_MS, type Servers, type Site, TRANSACTION_MS } from "./setup.ts"
import { trafficOf } from "./traffic.ts"

export interface PartOptions {
  readonly servers: Servers
  readonly dir: string
  readonly topology: Topology
  readonly prefix: string
  readonly rounds: number
  readonly seed: string
  readonly perSecond: number
  readonly devices: number
  readonly progress: (line: string) => void
}

export interface Part {
  readonly topology: Topology
  readonly rounds: ReadonlyArray<RoundResult>
  /** Records that the load tried to submit, had acknowledged, never heard of. */
  readonly submitted: number
  readonly acknowledged: number
  readonly unanswered: number
  readonly counted: Readonly<Record<Counted, number>>
  /** Processes started in all, and those that ended by themselves. */
  readonly starts: number
  readonly exits: ReadonlyArray<Pick<Exit, "instance" | "time" | "how">>
  /** Processes that had to be killed at the end. */
  readonly unwilling: ReadonlyArray<string>
  /** What went wrong that no check of the streams would show. */
  readonly problems: ReadonlyArray<string>
  readonly checked: Checked
}

const READY_MS = 180_000
const SETTLE_MS = 240_000
const FED_MS = 60_000
const MAX_INSTANCES = { staged: 3, chained: 4 } as const
const FIRST_INSTANCES = { staged: 1, chained: 2 } as const

const kinds = (topology: Topology): ReadonlyArray<FaultKind> =>
  (Object.keys(FAULTS) as ReadonlyArray<FaultKind>).filter(
    (kind) => topology === "staged" || (kind !== "kill-service" && kind !== "registry-restart"),
  )

const describe = ({ number, faults, decisions, ms }: RoundResult, rounds: number): string => {
  const each = faults.map(
    ({ kind, what, recoveredMs }) =>
      `${kind} (${what}) ${recoveredMs === null ? "NOT RECOVERED" : `${recoveredMs} ms`}`,
  )
  return `round ${number} of ${rounds}: ${each.join(" + ")}; ${decisions} decisions in ${(ms / 1000).toFixed(1)} s`
}

/** Plays all rounds, heals, and waits until all is decided. */
const disturb = async (options: PartOptions, site: Site, world: World, attemptLog: AttemptLog) => {
  const { servers, topology, rounds, seed, perSecond, devices, progress } = options
  const { log, deployment } = site
  const problems: Array<string> = []
  const fleet = fleetOn({
    ...{ log, deployment, topology, traffic: trafficOf({ world, seed, devices }), attemptLog, progress },
    ...{ readyMs: READY_MS, settleMs: SETTLE_MS, onProblem: (problem) => problems.push(problem) },
  })
  const counters = startCounters()
  const setting: Setting = { ...servers, deployment, counters, maxInstances: MAX_INSTANCES[topology] }
  await deployment.untilReady(READY_MS)
  progress(`${deployment.instances.length} processes (${topology})`)
  await fleet.enrol()
  const load = fleet.load(perSecond)
  const reported: Array<RoundResult> = []
  try {
    await sleep(1_000)
    const timeoutMs = Math.max(SESSION_MS, TRANSACTION_MS)
    for (const round of scheduleOf({ seed: `${seed}\0${topology}`, rounds, kinds: kinds(topology), timeoutMs })) {
      const one = await playRound(setting, fleet.flow, round)
      reported.push(one)
      progress(describe(one, rounds))
      if (one.faults.some(({ recoveredMs }) => recoveredMs === null)) {
        problems.push(`round ${one.number}: decisions did not flow again in time`)
        break
      }
    }
  } finally {
    await load.stop()
  }
  await fleet.end()
  // Whoever was killed holds the lease for some seconds more, and until then nothing is sealed.
  await untilDone(() => unsealedIn(log), SETTLE_MS)
  await untilFed(log, { redisUrl: Redacted.make(servers.redis.url), prefix: site.prefix }, FED_MS)
  await counters.readAll(deployment.instances)
  const starts = deployment.starts()
  const counted = await counters.total()
  return { reported, problems, counted, starts, unwilling: await deployment.stop() }
}

/** @throws Error where it does not come up, or does not settle in time: see the logs in `dir` */
export const runPart = async (options: PartOptions): Promise<Part> => {
  const { servers, topology, seed, prefix, progress } = options
  const world = new World({ seed, now: nowSeconds() })
  const attemptLog = new AttemptLog()
  const site = await openSite({ ...options, world, instances: FIRST_INSTANCES[topology] })
  try {
    const { reported, problems, counted, starts, unwilling } = await disturb(options, site, world, attemptLog)
    const checked = await checkAll({
      log: site.log,
      attemptLog,
      roots: world.rootSet,
      topology,
      sealDir: site.deployment.sealDir,
      model: { redisUrl: Redacted.make(servers.redis.url), prefix },
      progress,
    })
    return {
      topology,
      rounds: reported,
      submitted: attemptLog.attempts.length,
      acknowledged: attemptLog.acknowledged,
      unanswered: attemptLog.unanswered,
      counted,
      starts,
      exits: site.deployment.exits.map(({ instance, time, how }) => ({ instance, time, how })),
      unwilling,
      problems,
      checked,
    }
  } finally {
    await site.stop()
  }
}
