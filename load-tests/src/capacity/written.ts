/** From runs of the check, and from drained backlogs, to the file of measured costs (`packages/cli/capacity/measured.json`). */
import type { Costs, Linear, Measured, More, Topology } from "@assay/cli/capacity"
import { SetupProblem } from "@assay/infra/local"
import type { Machine } from "../machine.ts"
import { median } from "../median.ts"
import { costsOf, loadedIn } from "./costs.ts"
import type { Observed } from "./observe.ts"

/** One call of `npm run capacity:check`, as `--json` writes it. */
export interface CheckRun {
  readonly command: string
  /** Left out: what was found of every topology counts. */
  readonly of?: string
  readonly machine: Machine
  readonly found: Partial<
    Record<Topology, { readonly fitted: ReadonlyArray<Observed>; readonly runs: ReadonlyArray<Observed> }>
  >
}

/** What `npm run bench:kafka -- --json` writes of it. */
export interface BenchRun {
  readonly machine: Machine
  readonly results: ReadonlyArray<{
    readonly topology: Topology
    /** Microseconds of CPU for a message, of each service and the broker, by rounds. */
    readonly drains: ReadonlyArray<{ readonly cpuUs: Readonly<Record<string, number>> }>
  }>
}

/** Where figures are from: it stands beside them, and the model does not read it. */
const sourceOf = ({ date, commit, cpu, cores, node, kafka, loadBefore }: Machine) => ({
  asOf: date.slice(0, 10),
  commit,
  machine: `${cpu}, ${cores} hardware threads, node ${node}, Kafka ${kafka}, load ${loadBefore} before`,
})

const DIGITS = 4
const rounded = (value: number): number => Number(value.toPrecision(DIGITS))

/** Of what was fitted, the run whose commits held most: what lies beyond it was not measured there. */
const beyondOf = (fitted: ReadonlyArray<Observed>): number =>
  Math.max(...fitted.filter(({ messages }) => messages > 0).map((run) => run.messages / loadedIn(run)))

const roundedLine = (cost: Linear, more?: More): Linear => {
  const { message, commit, idle, partition } = cost
  return {
    ...{ message: rounded(message), commit: rounded(commit), idle: rounded(idle) },
    ...(partition === undefined ? {} : { partition: rounded(partition) }),
    ...(more === undefined ? {} : { more: { beyond: rounded(more.beyond), message: rounded(more.message) } }),
  }
}

const roundedParts = <Name extends string>(parts: Readonly<Record<Name, Linear>>): Record<Name, Linear> =>
  Object.fromEntries(Object.entries<Linear>(parts).map(([name, cost]) => [name, roundedLine(cost)])) as Record<
    Name,
    Linear
  >

/** The costs of one topology. @param full what a message costs in full commits, of each service and the broker */
const topologyOf = (fitted: ReadonlyArray<Observed>, full: (name: string) => number): Costs => {
  const reference = fitted.reduce((sum, run) => sum + run.reference, 0) / fitted.length
  const { services, broker, disk, network } = costsOf(fitted, reference)
  const beyond = beyondOf(fitted)
  const moreOf = (name: string): More => ({ beyond, message: full(name) })
  return {
    services: Object.fromEntries(
      Object.entries(services).map(([name, cost]) => [name, roundedLine(cost, moreOf(name))]),
    ),
    broker: roundedLine(broker, moreOf("broker")),
    disk: roundedParts(disk),
    network: roundedLine(network),
  }
}

/** Microseconds of CPU for a message of drained backlogs, by service; `broker` too. @throws SetupProblem */
const drainedOf = ({ results }: BenchRun, topology: Topology): ((name: string) => number) => {
  const drains = results.find((one) => one.topology === topology)?.drains ?? []
  if (drains.length === 0)
    throw new SetupProblem(`the bench drained nothing ${topology}: run npm run bench:kafka with it`)
  return (name) => median(drains.map(({ cpuUs }) => cpuUs[name]!))
}

/**
 * @param before what these runs do not say stays as it was: memory, Redis, a topology that has no run
 * @param bench says what a message costs where commits are full
 * @returns the file's content
 */
export const measuredOf = (before: Measured, runs: ReadonlyArray<CheckRun>, bench: BenchRun): Measured => {
  const costs: Record<Topology, Costs> = { chained: before.chained, staged: before.staged }
  for (const { command, of, machine, found } of runs)
    for (const topology of ["chained", "staged"] as const) {
      const fitted = found[topology]?.fitted
      if (fitted === undefined || (of ?? topology) !== topology) continue
      const source = {
        ...sourceOf(machine),
        command,
        of: "microseconds of CPU, and bytes (one replica, zstd, messages appended one by one): fitted to runs at rest and at three rates",
      }
      costs[topology] = { ...source, ...topologyOf(fitted, drainedOf(bench, topology)) } as Costs
    }
  const more = {
    ...sourceOf(bench.machine),
    command: "npm run bench:kafka",
    of: "CPU of messages beyond `beyond` of a commit: medians of drained backlogs, 2,048 messages in a commit, nothing sealed",
  }
  const { device, process, redis } = before
  return { ...costs, more, device, process, redis } as Measured
}
