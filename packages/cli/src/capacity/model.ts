/** What a deployment on Kafka needs, from what was measured for a message and a device. Pure; docs/guides/capacity.md explains it. */
import type { Measured, Prices, Topology } from "./inputs.ts"

export interface Demand {
  readonly devices: number
  /** Messages a second of one device. */
  readonly rate: number
  /** Days for which decisions are kept. */
  readonly retention: number
  readonly topology: Topology
  readonly replicas: number
  /** The share of a core, of memory and of a disk that is to be used; the rest is for peaks and for an instance that is lost. */
  readonly use: number
}

export interface Need {
  readonly messagesPerSecond: number
  /** Cores that judge, all services. */
  readonly cores: number
  readonly coresByService: Readonly<Record<string, number>>
  readonly brokerCores: number
  /** At least so many: one thread judges a partition. */
  readonly partitions: number
  /** Bytes, all replicas. */
  readonly disk: number
  /** Bytes a year that are kept for ever: evidence. Beside `disk`. */
  readonly evidencePerYear: number
  /** Bytes a second between machines: writes, copies to replicas, reads. Divided by `use`. */
  readonly network: number
  /** Bytes. */
  readonly memory: number
  readonly redis: number
}

export interface Cost {
  readonly provider: string
  readonly region: string
  readonly asOf: string
  readonly currency: string
  readonly machine: string
  readonly machines: { readonly services: number; readonly brokers: number; readonly redis: number }
  readonly month: number
  readonly millionMessages: number
}

const DAY_S = 86_400
const GIB = 2 ** 30
const HOURS = 730
/** What `assay topics apply` sets where nothing else is asked (packages/streams): days. */
const SUBMITTED_DAYS = 7
const STAGES_DAYS = 3
/** Changes of a day lie beside the table before they are compacted. */
const CHANGES_DAYS = 1
/** Three zones: of each three bytes between machines two cross a zone. */
const CROSSING = 2 / 3

export const needOf = (measured: Measured, demand: Demand): Need => {
  const { devices, rate, retention, topology, replicas, use } = demand
  const { cpu, disk, device, redis } = measured
  const perSecond = devices * rate
  const coresFor = (us: number): number => (perSecond * us) / 1e6 / use
  const coresByService = Object.fromEntries(
    Object.entries(cpu[topology].stages).map(([name, us]) => [name, coresFor(us)]),
  )
  const between = topology === "staged" ? disk.stages : 0
  const outputs = disk.outputs + disk.changelog
  const written = disk.submitted + between + outputs + disk.evidence
  const kept =
    perSecond *
      DAY_S *
      (disk.submitted * Math.min(SUBMITTED_DAYS, retention) +
        between * Math.min(STAGES_DAYS, retention) +
        disk.outputs * retention +
        disk.changelog * CHANGES_DAYS +
        disk.evidence * retention) +
    devices * device.rows
  return {
    messagesPerSecond: perSecond,
    cores: Object.values(coresByService).reduce((sum, one) => sum + one, 0),
    coresByService,
    // Each replica writes what the first one wrote: as much work at most.
    brokerCores: coresFor(cpu[topology].broker) * replicas,
    partitions: Math.max(1, Math.ceil(Math.max(...Object.values(coresByService)))),
    disk: (kept * replicas) / use,
    evidencePerYear: perSecond * DAY_S * 365 * disk.evidence * replicas,
    // Written once, copied to the other replicas, and read once: outputs by one consumer.
    network: (perSecond * written * (1 + (replicas - 1) + 1)) / use,
    memory: (devices * device.memory) / use,
    redis: (devices * redis.device) / use,
  }
}

/** Bytes a second of a gigabit. */
const GBIT = 1e9 / 8

/** What runs on machines of one kind; left out: nothing of it. */
interface Load {
  readonly cores?: number
  readonly memory?: number
  readonly disk?: number
  readonly network?: number
}

/** Whole machines, by what runs out first. */
const machinesFor = (
  { machine }: Prices,
  { cores = 0, memory = 0, disk = 0, network = 0 }: Load,
  least: number,
): number =>
  Math.max(
    least,
    Math.ceil(cores / machine.cores),
    Math.ceil(memory / (machine.memoryGiB * GIB)),
    Math.ceil(disk / (machine.diskGiB * GIB)),
    Math.ceil(network / (machine.networkGbit * GBIT)),
  )

export const costOf = (prices: Prices, need: Need, { replicas, topology, use }: Demand): Cost => {
  const { machine, diskGiBMonth, betweenZonesGiB, provider, region, asOf, currency } = prices
  const machines = {
    // One instance of each is lost at times: never fewer than two machines.
    services: machinesFor(prices, { cores: need.cores, memory: need.memory }, topology === "staged" ? 3 : 2),
    brokers: machinesFor(prices, { cores: need.brokerCores, disk: need.disk, network: need.network }, replicas),
    redis: machinesFor(prices, { memory: need.redis }, 1),
  }
  const seconds = HOURS * 3_600
  const month =
    (machines.services + machines.brokers + machines.redis) * machine.perHour * HOURS +
    (need.disk / GIB) * diskGiBMonth +
    ((need.network * use * seconds) / GIB) * CROSSING * betweenZonesGiB
  const millions = (need.messagesPerSecond * seconds) / 1e6
  return { provider, region, asOf, currency, machine: machine.name, machines, month, millionMessages: month / millions }
}
