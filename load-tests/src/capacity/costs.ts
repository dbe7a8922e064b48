/** From observed runs to the costs of the model, and from the model back to what it expects of a run. */
import {
  type Costs,
  type Demand,
  DISK_PARTS,
  type DiskPart,
  type Linear,
  loadedOf,
  type Measured,
  needOf,
} from "@assay/cli/capacity"
import { fitOf, type Point } from "./fit.ts"
import type { Observed } from "./observe.ts"

/** Cores that others may use beside a run without it counting. */
const QUIET_CORES = 0.15

/** Whether others had so much to do that commits waited for their turn. */
export const isShared = (runs: ReadonlyArray<Observed>): boolean => runs.some(({ others }) => others > QUIET_CORES)

/**
 * CPU of the run as it would be where one verification takes `reference` microseconds, as the run says where others used the
 * machine. Where nobody else did, it is what the kernel counted: what our own processes slow each other down by is part of
 * what a deployment costs, and what the reference takes by itself differs from run to run by more than that.
 */
const cpuAt = (reference: number, run: Observed, us: number): number =>
  run.others > QUIET_CORES ? (us * reference) / run.reference : us

/** Commits that messages caused. */
export const loadedIn = ({ commits, seconds, partitions }: Observed): number =>
  loadedOf(commits / seconds, partitions) * seconds

export const costsOf = (runs: ReadonlyArray<Observed>, reference: number): Costs => {
  const cpu = (of: (run: Observed) => number): Linear =>
    fitOf(
      runs.map((run): Point => {
        const { messages, seconds, partitions } = run
        const cost = cpuAt(reference, run, of(run))
        return { messages, commits: loadedIn(run), idle: seconds, partition: seconds * partitions, cost }
      }),
    )
  const bytes = (of: (run: Observed) => number): Linear =>
    fitOf(
      runs.map((run): Point => {
        const { messages, seconds, partitions } = run
        return { messages, commits: loadedIn(run), idle: seconds * partitions, partition: 0, cost: of(run) }
      }),
    )
  return {
    services: Object.fromEntries(
      Object.keys(runs[0]!.services).map((name) => [name, cpu(({ services }) => services[name]!)]),
    ),
    broker: cpu(({ broker }) => broker),
    disk: Object.fromEntries(DISK_PARTS.map((part) => [part, bytes(({ disk }) => disk[part])])) as Record<
      DiskPart,
      Linear
    >,
    network: bytes(({ network }) => network),
  }
}

export const QUANTITIES = [
  "commits of a service",
  "cores of services",
  "cores of the broker",
  "disk",
  "network",
] as const
export type Quantity = (typeof QUANTITIES)[number]

/** A second of a run: cores, and bytes. */
export const observedOf = (run: Observed, reference: number): Readonly<Record<Quantity, number>> => {
  const us = Object.values(run.services).reduce((sum, one) => sum + one, 0)
  const disk = DISK_PARTS.reduce((sum, part) => sum + run.disk[part], 0)
  return {
    "commits of a service": run.commits / run.seconds,
    "cores of services": cpuAt(reference, run, us) / 1e6 / run.seconds,
    "cores of the broker": cpuAt(reference, run, run.broker) / 1e6 / run.seconds,
    disk: disk / run.seconds,
    network: (run.network + 2 * run.disk.submitted) / run.seconds,
  }
}

/** The same by the model; of the run it knows devices, rate and partitions alone, and commits where they are given. */
export const modelledOf = (
  measured: Measured,
  size: Pick<Demand, "devices" | "rate" | "topology"> & { readonly partitions: number; readonly commits?: number },
): Readonly<Record<Quantity, number>> => {
  const demand: Demand = { ...size, retention: 1, replicas: 1, use: 1, instances: 1 }
  const need = needOf(measured, demand)
  // A day of everything, and no rows of devices: what is written in a second, times the seconds of a day.
  const rows = demand.devices * measured.device.rows
  return {
    "commits of a service": need.commitsPerSecond,
    "cores of services": need.cores,
    "cores of the broker": need.brokerCores,
    disk: (need.disk - rows) / 86_400,
    network: need.network,
  }
}
