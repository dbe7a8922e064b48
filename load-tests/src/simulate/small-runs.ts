/**
 * The same simulation beside runs of real processes. How long a batch, an append and a fetch take comes from some runs of one
 * deployment (those that the capacity model is fitted to); what is compared are others, of other rates and partitions.
 */
import type { Costs, Topology } from "@assay/cli/capacity"
import { UsageError } from "@assay/cli/command"
import { randomOf } from "@assay/fleet"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import type { Sweep } from "../bench/knee.ts"
import { PACE_MS } from "../bench/schedule.ts"
import type { Waits } from "../bench/waits.ts"
import { fitOf, type Point } from "../capacity/fit.ts"
import type { Observed } from "../capacity/observe.ts"
import { readRunsAs } from "../read-runs.ts"
import type { Compared } from "./closed-forms.ts"
import { Durations } from "./histogram.ts"
import { Partitions } from "./partitions.ts"
import { drawnOf, type TimedRun, timingOf } from "./timing.ts"

/** As `npm run capacity:check -- --json` writes it. */
export interface CheckRuns {
  readonly found: Partial<
    Record<
      Topology,
      { readonly costs: Costs; readonly fitted: ReadonlyArray<Observed>; readonly runs: ReadonlyArray<Observed> }
    >
  >
}

/** As `npm run bench:load -- --engine embedded` writes it. */
export interface EmbeddedRuns {
  readonly kind: { readonly partitions: number }
  readonly sweep: Sweep
}

/** @throws UsageError */
const readAs = <A>(file: string, holds: (found: A) => boolean, command: string): A =>
  readRunsAs(file, holds, `has no runs with their times: write it with ${command}`, UsageError)

/** One run of the check, or several of them in `runs`, each of other topologies. @throws UsageError */
export const readCheck = (file: string): CheckRuns => {
  const foundIn = (read: CheckRuns & { readonly runs?: ReadonlyArray<CheckRuns> }): CheckRuns["found"] =>
    Object.assign({}, ...(read.runs ?? [read]).map(({ found }) => found))
  const read = readAs<CheckRuns>(
    file,
    (all) => Object.values(foundIn(all)).some(({ fitted }) => fitted.some(({ waits }) => waits !== undefined)),
    "npm run capacity:check -- --json > FILE",
  )
  return { found: foundIn(read) }
}

/** @throws UsageError */
export const readEmbedded = (file: string): EmbeddedRuns =>
  readAs<EmbeddedRuns>(
    file,
    ({ sweep }) => (sweep?.rates ?? []).filter(({ waits }) => waits !== undefined).length > 1,
    "npm run bench:load -- --engine embedded --out DIR",
  )

/** Of one engine and topology: what times are taken from, and what is compared. */
interface Series {
  readonly name: string
  readonly linger: number
  readonly few: number
  readonly most: number
  readonly known: ReadonlyArray<TimedRun>
  readonly compared: ReadonlyArray<TimedRun>
  /** The share of the machine that is busy with so many messages and commits (of one stage) a second. */
  readonly busyAt: (perSecond: number, commits: number, partitions: number) => number
}

/** What all processes together keep busy, from what they did in the known runs, at rest too. */
const busyBy = (points: ReadonlyArray<Point>): Series["busyAt"] => {
  const { message, commit, idle, partition = 0 } = fitOf(points)
  return (perSecond, commits, partitions) =>
    (message * perSecond + commit * commits + idle + partition * partitions) / CORES
}

/** Of the machine that was measured: `slowdown` is the law of two cores. */
const CORES = 2

const PACE = { linger: 0.05, few: 256, most: 2_048 }
/** The embedded log has no pace (`packages/engine/src/runner/limits.ts`). */
const NO_PACE = { linger: 0, few: 0, most: 512 }
const CHAINED = "chained"

const ofCheck = (
  topology: Topology,
  { fitted, runs }: { fitted: ReadonlyArray<Observed>; runs: ReadonlyArray<Observed> },
): Series => {
  const names = topology === "chained" ? [CHAINED] : STAGES.map((stage) => SERVICE_NAMES[stage])
  const timed = (all: ReadonlyArray<Observed>): ReadonlyArray<TimedRun> =>
    all.flatMap(({ latency, perSecond, messages, partitions, busy, waits }) =>
      latency === null
        ? []
        : [
            {
              ...{ perSecond, partitions, seconds: messages / perSecond, busy: busy / CORES },
              stages: names.map((name) => waits[name]!),
              ...{ append: latency.append, late: latency.late, p50: latency.p50, p99: latency.p99 },
            },
          ],
    )
  const busyAt = busyBy(
    fitted.map(({ messages, commits, seconds, partitions, busy }) => {
      return { messages, commits, idle: seconds, partition: seconds * partitions, cost: busy * seconds }
    }),
  )
  return { name: `Kafka, ${topology}`, ...PACE, known: timed(fitted), compared: timed(runs), busyAt }
}

/** Up to the knee: above it queues are full. Every second rate is known, the others are compared. */
const ofEmbedded = ({ kind, sweep }: EmbeddedRuns): Series => {
  const sustained = sweep.rates.filter(({ offered }) => offered <= (sweep.knee ?? 0))
  const timed = sustained.flatMap(
    ({ offered, count, append = [], late = [], waits, p50, p99, cores }): ReadonlyArray<TimedRun> => {
      const own: Waits | undefined = waits?.[CHAINED]
      if (own === undefined) return []
      const { partitions } = kind
      const busy = Object.values(cores).reduce<number>((sum, one) => sum + (one ?? 0), 0) / CORES
      return [{ perSecond: offered, partitions, seconds: count / offered, busy, stages: [own], append, late, p50, p99 }]
    },
  )
  const known = timed.filter((_, nth) => nth % 2 === 1)
  const busyAt = busyBy(
    known.map(({ perSecond, seconds, busy, stages: [own] }) => {
      return {
        messages: perSecond * seconds,
        commits: own!.batches,
        idle: 0,
        partition: 0,
        cost: busy * CORES * seconds,
      }
    }),
  )
  return { name: "embedded, chained", ...NO_PACE, known, compared: timed.filter((run) => !known.includes(run)), busyAt }
}

const SECONDS = 60
const TICKS = 1

/** The known run whose rate is nearest: how long appends take, and how late the sender is, is taken from it. */
const nearest = (known: ReadonlyArray<TimedRun>, perSecond: number): TimedRun =>
  known.reduce((best, one) =>
    Math.abs(Math.log(one.perSecond / perSecond)) < Math.abs(Math.log(best.perSecond / perSecond)) ? one : best,
  )

/** How often what is busy is found from the commits that come of it; half of each step is taken. */
const ROUNDS = 12

/** @returns the latencies of such a run */
export const latencyOf = (
  series: Omit<Series, "name" | "compared">,
  size: Pick<TimedRun, "perSecond" | "partitions">,
  seed: string,
): Durations => {
  const { known, linger, few, most, busyAt } = series
  const { perSecond, partitions: count } = size
  const { append, late } = nearest(known, perSecond)
  const play = (busy: number) => {
    const { batchSeconds, readSeconds } = timingOf(known, linger, `${seed} batches`)
    const random = randomOf(`${seed} messages`)
    // Whoever sends also reads the decisions: it is as late there as it is for what is due, but for the time between its looks.
    const around = (): number =>
      drawnOf(late, random) + drawnOf(append, random) + Math.max(0, drawnOf(late, random) - PACE_MS / 1e3)
    const latency = new Durations()
    const read = readSeconds(busy)
    const partitions = new Partitions({
      model: {
        stages: known[0]!.stages.map((_, nth) => ({ name: String(nth), message: 0, commit: 0 })),
        ...{ commitSeconds: 0, readSeconds: read, linger, few, most },
        // Who waits for records has them when the one that committed them has its answer.
        seenSeconds: 0,
        batchSeconds: (stage, entries) => batchSeconds(stage, entries, busy),
      },
      ...{ count, random },
      onDecided: (_, taken, at) => {
        for (const { from, to, count: messages } of taken)
          for (let nth = 0; nth < messages; nth++)
            latency.add(at - from - ((to - from) * (nth + 0.5)) / messages + around(), 1)
      },
    })
    partitions.setRate(perSecond / count + TICKS)
    partitions.run(SECONDS)
    return { latency, commits: partitions.commits / known[0]!.stages.length / SECONDS }
  }
  // The busier the machine, the longer a batch takes, the fewer commits there are, the less busy it is.
  let busy = 0.5
  for (let round = 0; round < ROUNDS; round++)
    busy += (Math.min(1, busyAt(perSecond, play(busy).commits, count)) - busy) / 2
  return play(busy).latency
}

export const smallRuns = (check: CheckRuns, embedded: EmbeddedRuns, seed: string): ReadonlyArray<Compared> => {
  const kafka = (["chained", "staged"] as const).flatMap((topology) => {
    const own = check.found[topology]
    return own === undefined ? [] : [ofCheck(topology, own)]
  })
  return [ofEmbedded(embedded), ...kafka].flatMap((series) =>
    series.compared.flatMap((run) => {
      const name = `${series.name}, ${Math.round(run.perSecond)}/s in ${run.partitions} partition${run.partitions === 1 ? "" : "s"}`
      const latency = latencyOf(series, run, `${seed} ${name}`)
      return [
        { what: `${name}: p50`, unit: "ms", theory: run.p50, simulated: 1e3 * latency.percentile(0.5) },
        { what: `${name}: p99`, unit: "ms", theory: run.p99, simulated: 1e3 * latency.percentile(0.99) },
      ]
    }),
  )
}
