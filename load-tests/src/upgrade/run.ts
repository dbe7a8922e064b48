/**
 * A deployment of another version comes to this one while messages flow, instance by instance, as docs/guides/upgrade.md says;
 * then, where that is asked for, back and forth once more. What the committed streams say in the end is checked as after faults.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import * as Redacted from "effect/Redacted"
import { MAIN } from "../cluster/assay.ts"
import { CHAINED } from "../cluster/deployment.ts"
import type { Exit, Instance } from "../cluster/instance.ts"
import type { Topology } from "../cluster/work.ts"
import { AttemptLog } from "../faults/attempts.ts"
import { type Checked, checkAll } from "../faults/check/check.ts"
import { untilFed } from "../faults/check/model.ts"
import type { Flow } from "../faults/decision-flow.ts"
import { fleetOn } from "../faults/fleet.ts"
import { RECOVER_MS } from "../faults/rounds.ts"
import { openSite, type Servers, type Site } from "../faults/setup.ts"
import { trafficOf } from "../faults/traffic.ts"
import { nowSeconds } from "../now.ts"

export interface UpgradeOptions {
  readonly servers: Servers
  readonly dir: string
  /** The sources of the other version's `assay`. */
  readonly other: string
  readonly topology: Topology
  /** Of each service. */
  readonly instances: number
  /** Whether the deployment goes back to the other version and comes again. */
  readonly back: boolean
  readonly seed: string
  readonly perSecond: number
  readonly devices: number
  readonly progress: (line: string) => void
}

/** One instance was replaced. */
export interface Replaced {
  readonly instance: string
  readonly to: "other" | "this"
  /** From the request to stop until it is ready by the other sources; null: it was not, and runs as before again. */
  readonly readyMs: number | null
  /** From the request until messages that were submitted after it are decided in every partition. */
  readonly decidedMs: number | null
  /** How it ended instead of becoming ready, with its last words. */
  readonly refused: string | null
}

export interface Upgraded {
  readonly replaced: ReadonlyArray<Replaced>
  readonly acknowledged: number
  readonly unanswered: number
  readonly exits: ReadonlyArray<Pick<Exit, "instance" | "how">>
  readonly checked: Checked
  readonly failures: ReadonlyArray<string>
}

const PREFIX = "upgrade."
const READY_MS = 120_000
const SETTLE_MS = 300_000
const FED_MS = 60_000
/** All instances of one version, before the next step. */
const TOGETHER_MS = 5_000
const POLL_MS = 200

/** Ready, or what it said when it ended by itself. */
const outcomeOf = async (instance: Instance, exits: ReadonlyArray<Exit>, since: number): Promise<string | null> => {
  const deadline = performance.now() + READY_MS
  while (performance.now() < deadline) {
    const exit = exits.slice(since).find((one) => one.instance === instance.name)
    if (exit !== undefined) return `${exit.how}: ${exit.words.trim().split("\n").at(-1)}`
    if ((await instance.notReady()) === null) return null
    await sleep(POLL_MS)
  }
  return `not ready after ${READY_MS / 1_000} s: ${await instance.notReady()}`
}

const replace = async (site: Site, flow: Flow, instance: Instance, to: "other" | "this", sources: Sources) => {
  const { exits } = site.deployment
  const since = exits.length
  const began = performance.now()
  const replacing = (async () => {
    await instance.replaceBy(sources[to])
    const refused = await outcomeOf(instance, exits, since)
    return { refused, at: performance.now() }
  })()
  const [{ refused, at }, resumed] = await Promise.all([replacing, flow.resumed(began, RECOVER_MS)])
  if (refused !== null) {
    await instance.replaceBy(sources[to === "this" ? "other" : "this"])
    await instance.untilReady(READY_MS)
  }
  return {
    ...{ instance: instance.name, to, refused },
    readyMs: refused === null ? Math.round(at - began) : null,
    decidedMs: resumed === null ? null : Math.round(resumed - began),
  } satisfies Replaced
}

type Sources = Readonly<Record<"other" | "this", string>>

/** Services in the order in which they are replaced: readers first on the way to a newer version, writers first on the way back. */
const orderOf = (topology: Topology, to: "other" | "this"): ReadonlyArray<string> => {
  if (topology === "chained") return [CHAINED]
  const services = STAGES.map((stage) => SERVICE_NAMES[stage])
  return to === "this" ? services.toReversed() : services
}

const describe = ({ instance, to, readyMs, decidedMs, refused }: Replaced): string =>
  refused === null
    ? `${instance} runs by ${to} version after ${readyMs} ms; decisions flow again after ${decidedMs ?? "NOT IN TIME"} ms`
    : `${instance} does not run by ${to} version and goes on as before: ${refused}`

/** @throws Error where the deployment does not come up, or does not settle in time: see the logs in `dir` */
export const runUpgrade = async (options: UpgradeOptions): Promise<Upgraded> => {
  const { servers, topology, instances, other, back, seed, perSecond, devices, progress } = options
  const world = new World({ seed, now: nowSeconds() })
  const attemptLog = new AttemptLog()
  const site = await openSite({ ...options, world, prefix: PREFIX, main: other, instances })
  const { log, deployment } = site
  try {
    const failures: Array<string> = []
    const fleet = fleetOn({
      ...{ log, deployment, topology, traffic: trafficOf({ world, seed, devices }), attemptLog, progress },
      ...{ readyMs: READY_MS, settleMs: SETTLE_MS, onProblem: (problem) => failures.push(problem) },
    })
    await deployment.untilReady(READY_MS)
    progress(`${deployment.instances.length} processes of the other version`)
    await fleet.enrol()
    const load = fleet.load(perSecond)
    const replaced: Array<Replaced> = []
    const sources: Sources = { other, this: MAIN }
    try {
      for (const to of back ? (["this", "other", "this"] as const) : (["this"] as const)) {
        await sleep(TOGETHER_MS)
        for (const service of orderOf(topology, to))
          for (const instance of deployment.of(service)) {
            const one = await replace(site, fleet.flow, instance, to, sources)
            replaced.push(one)
            progress(describe(one))
            if (one.decidedMs === null) failures.push(`${one.instance}: decisions did not flow again in time`)
            if (one.refused !== null && to === "this") failures.push(`${one.instance}: ${one.refused}`)
          }
      }
      await sleep(TOGETHER_MS)
    } finally {
      await load.stop()
    }
    await fleet.end()
    const model = { redisUrl: Redacted.make(servers.redis.url), prefix: PREFIX }
    await untilFed(log, model, FED_MS)
    for (const name of await deployment.stop()) failures.push(`${name} did not end on SIGTERM and was killed`)
    const { sealDir } = deployment
    const checked = await checkAll({ log, attemptLog, roots: world.rootSet, topology, sealDir, model, progress })
    for (const { name, findings } of checked.results)
      for (const finding of findings) failures.push(`${name}: ${finding}`)
    return {
      ...{ replaced, failures, checked },
      acknowledged: attemptLog.acknowledged,
      unanswered: attemptLog.unanswered,
      exits: deployment.exits.map(({ instance, how }) => ({ instance, how })),
    }
  } finally {
    await site.stop()
  }
}
