/** What happens to the regions, and what is to be reported of it. */
import { fullOf, type Measured } from "@assay/cli/capacity"
import { DEFAULT_RULES } from "@assay/trust"
import { caughtUp, firstFull, type Moment, peaksOf, playRegion, type Resource, type Script } from "./region.ts"
import { type Sizing, sizingOf } from "./sizing.ts"
import type { World } from "./world.ts"

export interface ScenarioResult {
  readonly scenario: string
  readonly variant: string
  readonly region: string
  readonly peaks: Readonly<Record<Resource, number>>
  readonly first: { readonly resource: Resource; readonly second: number } | null
  /** Seconds from being submitted to being decided; `stopped` of the partitions that were stopped, or null. */
  readonly p50: number
  readonly p99: number
  readonly stoppedP99: number | null
  /** Most messages that waited in the log, and on devices; seconds that the oldest in the log had waited. */
  readonly inLog: number
  readonly onDevices: number
  readonly lag: number
  /** Seconds from the end of the trouble until nothing was late; null: not within the run. */
  readonly caughtUp: number | null
  /** More, as sentences. */
  readonly notes: ReadonlyArray<string>
  readonly moments: ReadonlyArray<Moment>
}

export interface Simulation {
  readonly world: World
  readonly measured: Measured
  /** Partitions of a region that are played event by event. */
  readonly sample: number
  readonly seed: string
}

/** Entries of which the oldest waited longer are late. */
const LATE_S = 5
const WARM_S = 30
const DEFAULT_BACKLOG = 200_000
/** What one entry moves when an advisory comes into force, and each tick after it (services/anomaly-quarantine). */
const MOVED_AT_ONCE = 1_024
const MOVED_BY_TICK = 1_000
const MOVE_S = 20e-6

const largest = ({ regions }: World): readonly [string, number] =>
  Object.entries(regions).sort(([, a], [, b]) => b - a)[0]!

interface Part {
  readonly scenario: string
  readonly variant: string
  readonly region: string
  readonly sizing: Sizing
  readonly script: Script
  /** Second at which the trouble ends. */
  readonly ends: number
  readonly notes?: (moments: ReadonlyArray<Moment>) => ReadonlyArray<string>
}

const tell = ({ world, sample, seed }: Simulation, part: Part): ScenarioResult => {
  const { scenario, variant, region, sizing, script, ends, notes } = part
  const { moments, latency, stopped } = playRegion(
    world,
    sizing,
    sample,
    `${seed}\0${scenario}\0${variant}\0${region}`,
    script,
  )
  const counted = moments.filter(({ second }) => second >= Math.min(WARM_S / 2, script.seconds / 4))
  const until = caughtUp(moments, ends, LATE_S)
  return {
    ...{ scenario, variant, region },
    peaks: peaksOf(counted),
    first: firstFull(counted),
    p50: latency.percentile(0.5),
    p99: latency.percentile(0.99),
    stoppedP99: stopped.count === 0 ? null : stopped.percentile(0.99),
    inLog: Math.max(...counted.map(({ inLog }) => inLog)),
    onDevices: Math.max(...counted.map(({ onDevices }) => onDevices)),
    lag: Math.max(...counted.map(({ lag }) => lag)),
    caughtUp: until === null ? null : until - ends,
    notes: notes?.(moments) ?? [],
    moments,
  }
}

const limitOf = (world: World, { messagesPerSecond }: Sizing): number => world.maxBacklogSeconds * messagesPerSecond

const ordinary = (simulation: Simulation): ReadonlyArray<ScenarioResult> => {
  const { world, measured } = simulation
  const each = Object.entries(world.regions).map(([region, devices]) => {
    const sizing = sizingOf(world, measured, devices)
    const script = { seconds: 90, offered: () => sizing.messagesPerSecond, limit: limitOf(world, sizing) }
    return tell(simulation, { scenario: "ordinary", variant: "", region, sizing, script, ends: 0 })
  })
  const [region, devices] = largest(world)
  const sizing = sizingOf(world, measured, devices)
  const script = { seconds: 90, offered: () => sizing.messagesPerSecond, limit: DEFAULT_BACKLOG }
  const variant = `ASSAY_MAX_BACKLOG as it is by default, ${DEFAULT_BACKLOG}`
  return [...each, tell(simulation, { scenario: "ordinary", variant, region, sizing, script, ends: 0 })]
}

const reconnect = (simulation: Simulation): ReadonlyArray<ScenarioResult> => {
  const { world, measured } = simulation
  const [region, devices] = largest(world)
  const sizing = sizingOf(world, measured, devices)
  const { keptMessages, withinSeconds, seconds } = world.outage
  const kept = Math.min(keptMessages, Math.floor(seconds / world.secondsBetweenMessages)) * devices
  const usual = sizing.messagesPerSecond
  const [begins, ends] = [WARM_S, WARM_S + withinSeconds]
  const offered = (second: number): number => usual + (second >= begins && second < ends ? kept / withinSeconds : 0)
  const spare = 1 / world.use - 1
  const script = (more: Partial<Script>, factor: number): Script => ({
    seconds: Math.ceil(ends + (2.2 * kept) / (usual * (factor / world.use - 1))),
    offered,
    limit: limitOf(world, sizing),
    ...more,
  })
  const notes = (): ReadonlyArray<string> => [
    `${devices} devices come back within ${withinSeconds} s with ${kept / devices} messages each: ${((kept / withinSeconds + usual) / usual).toFixed(0)} times the usual rate`,
    `a queue with this spare (${spare.toFixed(2)} of the usual rate) works that off in ${Math.round(kept / (usual * spare))} s at best`,
  ]
  const wide = { ...sizing, partitions: 3 * sizing.partitions }
  const part = { scenario: "reconnect", region, ends, notes }
  return [
    tell(simulation, { ...part, variant: "as it is sized", sizing, script: script({}, 1) }),
    tell(simulation, {
      ...part,
      variant: "three times the cores a minute later",
      sizing,
      script: script({ moreCores: (second) => (second > begins + 60 ? 3 : 1) }, 1),
    }),
    tell(simulation, {
      ...part,
      variant: "the same, and three times the partitions from the beginning",
      sizing: wide,
      script: script({ moreCores: (second) => (second > begins + 60 ? 3 : 1) }, 1.4),
    }),
  ]
}

const rebalance = (simulation: Simulation): ReadonlyArray<ScenarioResult> => {
  const { world, measured, sample } = simulation
  const [region, devices] = largest(world)
  const sizing = sizingOf(world, measured, devices)
  const usual = sizing.messagesPerSecond
  const restore = (devices / sizing.partitions) * world.restoreSecondsPerDevice
  const limit = limitOf(world, sizing)
  const lost = world.sessionSeconds + restore
  const seconds = Math.ceil(WARM_S + lost + (3 * lost * world.use) / (1 - world.use) + 60)
  const note = `a restore of ${Math.round(devices / sizing.partitions)} devices takes ${restore.toFixed(1)} s`
  const part = { scenario: "rebalance", region, sizing, notes: () => [note] }
  const ends = WARM_S + Math.ceil(lost)
  const turn = Math.ceil(restore) + 5
  return [
    tell(simulation, {
      ...part,
      variant: "a machine is lost: its partitions stand for a session and a restore",
      ends,
      script: {
        ...{ seconds, offered: () => usual, limit, apart: new Set([0]) },
        each: (second, partitions) => {
          if (second === WARM_S) partitions.stop(0, second + lost)
        },
      },
    }),
    tell(simulation, {
      ...part,
      variant: "all machines are restarted one after another: each partition stands for a restore",
      ends: WARM_S + turn * sample,
      script: {
        seconds: WARM_S + turn * sample + Math.ceil((3 * restore * world.use) / (1 - world.use)) + 30,
        ...{ offered: () => usual, limit, apart: new Set(Array.from({ length: sample }, (_, nth) => nth)) },
        each: (second, partitions) => {
          const nth = (second - WARM_S) / turn
          if (Number.isInteger(nth) && nth >= 0 && nth < sample) partitions.stop(nth, second + restore)
        },
      },
    }),
    tell(simulation, {
      ...part,
      variant: "all machines of the region at once",
      ends,
      script: {
        ...{ seconds, offered: () => usual, limit },
        each: (second, partitions) => {
          if (second === WARM_S) for (let nth = 0; nth < sample; nth++) partitions.stop(nth, second + lost)
        },
      },
    }),
  ]
}

const quarantines = (simulation: Simulation): ReadonlyArray<ScenarioResult> => {
  const { world, measured, sample } = simulation
  const [region, devices] = largest(world)
  const sizing = sizingOf(world, measured, devices)
  const { share, withinSeconds, commandSeconds, commandsPerSecond } = world.quarantines
  const { breakerDevices, breakerShare, breakerWindowMs } = DEFAULT_RULES.containment
  const inPartition = devices / sizing.partitions
  const granted = Math.min(share * inPartition, Math.max(breakerDevices, Math.floor(inPartition * breakerShare)))
  const play = (variant: string, held: number, more: ReadonlyArray<string>): ScenarioResult => {
    const all = held * sizing.partitions
    return tell(simulation, {
      ...{ scenario: "quarantines", variant, region, sizing },
      ends: WARM_S + withinSeconds,
      notes: () => [
        `${Math.round(all)} devices are quarantined; releasing them takes ${(all / commandsPerSecond / 3_600).toFixed(1)} h at ${commandsPerSecond} commands a second, each signed by two operators`,
        ...more,
      ],
      script: {
        ...{
          seconds: WARM_S + withinSeconds + 120,
          offered: () => sizing.messagesPerSecond,
          limit: limitOf(world, sizing),
        },
        each: (second, partitions) => {
          const striking = second >= WARM_S && second < WARM_S + withinSeconds
          const releasing = second >= WARM_S + withinSeconds
          for (let nth = 0; nth < sample; nth++) {
            if (striking) partitions.burden(nth, (held / withinSeconds) * MOVE_S)
            if (releasing) partitions.burden(nth, (commandsPerSecond / sizing.partitions) * commandSeconds)
          }
        },
      },
    })
  }
  return [
    play("without the breaker", share * inPartition, []),
    play("with the breaker of the default profile", granted, [
      `the breaker lets ${breakerShare * 100} % of a partition's devices be quarantined in ${breakerWindowMs / 60_000} minutes, the others stay watched and are annotated; one incident for each partition says so`,
    ]),
  ]
}

const revocation = (simulation: Simulation): ReadonlyArray<ScenarioResult> => {
  const { world, measured, sample } = simulation
  const [region, devices] = largest(world)
  const sizing = sizingOf(world, measured, devices)
  const inPartition = devices / sizing.partitions
  const { affected, decisions, spareShare } = world.revocation
  const scan = inPartition * world.sweepSecondsPerDevice
  const moves = affected * inPartition
  const ticks = Math.max(0, Math.ceil((moves - MOVED_AT_ONCE) / MOVED_BY_TICK))
  const usual = sizing.messagesPerSecond
  const derive = Object.values(measured.chained.services).reduce((sum, cost) => sum + fullOf(cost).message / 1e6, 0)
  const perDecision = measured.staged.disk.submitted.message
  const notes = (moments: ReadonlyArray<Moment>): ReadonlyArray<string> => {
    const quiet = moments.slice(0, WARM_S)
    const mean = (resource: Resource): number =>
      quiet.reduce((sum, { use }) => sum + use[resource], 0) / Math.max(1, quiet.length)
    const byCores = (sizing.cores * Math.max(0, 1 - mean("cores")) * spareShare) / derive
    const byNetwork = (sizing.network * Math.max(0, 1 - mean("network")) * spareShare) / perDecision
    const rate = Math.min(byCores, byNetwork)
    return [
      `${Math.round(moves * sizing.partitions)} devices are moved, ${Math.round(moves)} of a partition: ${MOVED_AT_ONCE} with the entry, the others in ${ticks} ticks; the entry's look at ${Math.round(inPartition)} states takes ${scan.toFixed(2)} s`,
      `the ${decisions.toExponential(0)} decisions behind it are ${(decisions / usual / 3_600).toFixed(1)} h of the region; none of them is read for the revocation itself`,
      `to say which of them rested on it (assay whatif) takes ${((decisions * derive) / 3_600).toFixed(0)} hours of one core; shared among ${spareShare * 100} % of what is free in the region it would be ${(decisions / rate / 3_600).toFixed(1)} h, bounded by ${byCores < byNetwork ? "cores" : "network"}, but one call of the command takes all partitions and is one process`,
    ]
  }
  return [
    tell(simulation, {
      ...{
        scenario: "revocation",
        variant: `an advisory that ${affected * 100} % of the devices fall under`,
        region,
        sizing,
      },
      ends: WARM_S + ticks,
      notes,
      script: {
        ...{ seconds: WARM_S + ticks + 60, offered: () => usual, limit: limitOf(world, sizing) },
        each: (second, partitions) => {
          for (let nth = 0; nth < sample; nth++) {
            if (second === WARM_S) partitions.burden(nth, scan + Math.min(moves, MOVED_AT_ONCE) * MOVE_S)
            else if (second > WARM_S && second <= WARM_S + ticks) partitions.burden(nth, MOVED_BY_TICK * MOVE_S)
          }
        },
      },
    }),
  ]
}

export const SCENARIOS: Readonly<Record<string, (simulation: Simulation) => ReadonlyArray<ScenarioResult>>> = {
  ordinary,
  reconnect,
  rebalance,
  quarantines,
  revocation,
}
