/** What a deployment on Kafka needs, from what was measured for a message and a device. Pure; docs/guides/capacity.md explains it. */
import type { DiskPart, Linear, Measured, Prices, Topology } from "./inputs.ts"

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
  /** Null: as many as threads must judge. */
  readonly partitions: number | null
  /** Of each service, for what a process takes whatever it does. */
  readonly instances: number
  /** Commits a second of a service in all partitions, where they were counted; else they follow from the rate. */
  readonly commits?: number
}

export interface Need {
  readonly messagesPerSecond: number
  /** Cores that judge, all services. */
  readonly cores: number
  readonly coresByService: Readonly<Record<string, number>>
  readonly brokerCores: number
  /** At least so many: one thread judges a partition. */
  readonly partitions: number
  /** Of one service, in all its partitions. */
  readonly commitsPerSecond: number
  /** Bytes, all replicas. */
  readonly disk: number
  /** Bytes a year that are kept for ever: evidence. Beside `disk`. */
  readonly evidencePerYear: number
  /** Bytes a second between machines: writes, copies to replicas, reads, and what is asked and answered. Divided by `use`. */
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

/** Seconds between the commits of few records, and how many are few (packages/engine/src/runner/commit-pace.ts). */
const LINGER_S = 0.05
const FEW = 256
/** Ticks a second on each partition: entries, too. */
const TICKS = 1
/**
 * Seconds by which a batch begins later than the linger lets it: a fetch, and being woken. Measured with 4.3 to 4.5 ms by one partition
 * on a machine that has room, and 6 to 11 by up to four on one of which nine tenths are busy (`npm run capacity:check`, 2026-11-30).
 */
const READ_S = 0.005

/**
 * Commits a second of one service in one partition to which `perSecond` entries come independently of each other. After a commit
 * of few records the next begins no sooner than the linger, and then with the first record that is there; a batch that is worth
 * its commit is never waited for.
 * @param read seconds between the moment at which a batch may begin and its beginning
 */
export const commitsOf = (perSecond: number, read = 0): number => {
  const least = LINGER_S + read
  return perSecond * least >= FEW
    ? perSecond / FEW
    : 1 / (least + Math.exp(-perSecond * LINGER_S) / Math.max(perSecond, Number.MIN_VALUE))
}

/** How many of so many commits a second are there because of messages: those of ticks alone are part of what a partition costs. */
export const loadedOf = (commits: number, partitions: number): number =>
  Math.max(0, commits - partitions * commitsOf(TICKS, READ_S))

/** What messages cost that come in so many commits (`loadedOf`), without what the commits cost. */
const messagesAt = ({ message, more }: Linear, messages: number, commits: number): number => {
  const beyond = more === undefined ? 0 : Math.max(0, messages - more.beyond * commits)
  return message * (messages - beyond) + (more?.message ?? 0) * beyond
}

/** A cost at a rate of messages and of commits (`loadedOf`). @param partitions where it is CPU */
export const at = (cost: Linear, messages: number, commits: number, idlers: number, partitions = 0): number =>
  messagesAt(cost, messages, commits) + cost.commit * commits + cost.idle * idlers + (cost.partition ?? 0) * partitions

/** The same cost as a line, where every commit holds more messages than `more.beyond`; as it is where it has no such part. */
export const fullOf = ({ more, ...cost }: Linear): Linear =>
  more === undefined
    ? cost
    : { ...cost, message: more.message, commit: cost.commit + (cost.message - more.message) * more.beyond }

/** Commits a second in all partitions together. */
const commitsIn = (partitions: number, perSecond: number): number =>
  partitions * commitsOf(perSecond / partitions + TICKS, READ_S)

/** Of commits that are full: ticks come with messages there, and commit nothing by themselves. */
const MESSAGES_SHARE = 1 - commitsOf(TICKS, READ_S) * (LINGER_S + READ_S)

/** How many of the commits that follow from a rate are there because of messages: never fewer in fewer partitions. */
const loadedIn = (partitions: number, perSecond: number): number => {
  const commits = commitsIn(partitions, perSecond)
  return Math.min(loadedOf(commits, partitions), commits * MESSAGES_SHARE)
}

/** The fewest partitions in which no thread uses more than its share of a core for the messages of any service. */
const leastPartitions = (services: Readonly<Record<string, Linear>>, perSecond: number, use: number): number => {
  const costs = Object.values(services)
  const suffices = (partitions: number): boolean => {
    const commits = loadedIn(partitions, perSecond)
    return costs.every((cost) => messagesAt(cost, perSecond, commits) <= partitions * use * 1e6)
  }
  const dearest = Math.max(...costs.map(({ message, more }) => Math.max(message, more?.message ?? 0)))
  let [few, many] = [0, Math.max(1, Math.ceil((perSecond * dearest) / 1e6 / use))]
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2)
    if (suffices(middle)) many = middle
    else few = middle
  }
  return many
}

export const needOf = (measured: Measured, demand: Demand): Need => {
  const { devices, rate, retention, topology, replicas, use, instances } = demand
  const { device, redis, process } = measured
  const { services, broker, disk, network } = measured[topology]
  const perSecond = devices * rate
  const least = leastPartitions(services, perSecond, use)
  const partitions = demand.partitions ?? least
  const commits = demand.commits ?? commitsIn(partitions, perSecond)
  const loaded = demand.commits === undefined ? loadedIn(partitions, perSecond) : loadedOf(demand.commits, partitions)
  const cores = (cost: Linear, processes: number): number =>
    at(cost, perSecond, loaded, processes, partitions) / 1e6 / use
  const coresByService = Object.fromEntries(
    Object.entries(services).map(([name, cost]) => [name, cores(cost, instances)]),
  )
  const written = (part: DiskPart): number => at(disk[part], perSecond, loaded, partitions)
  const outputs = written("outputs")
  const between = topology === "staged" ? written("stages") : 0
  const perDay =
    written("submitted") * Math.min(SUBMITTED_DAYS, retention) +
    between * Math.min(STAGES_DAYS, retention) +
    outputs * retention +
    written("changelog") * CHANGES_DAYS +
    written("evidence") * retention
  const all = written("submitted") + between + outputs + written("evidence") + written("changelog")
  return {
    messagesPerSecond: perSecond,
    cores: Object.values(coresByService).reduce((sum, one) => sum + one, 0),
    coresByService,
    // Each replica writes what the first one wrote: as much work at most.
    brokerCores: cores(broker, 1) * replicas,
    partitions: least,
    commitsPerSecond: commits,
    disk: ((perDay * DAY_S + devices * device.rows) * replicas) / use,
    evidencePerYear: written("evidence") * DAY_S * 365 * replicas,
    // What clients and brokers say to each other was measured as a whole: one writer, and one reader of each stream that has one.
    // `submitted` stands apart, for how small its batches are follows from who sends.
    network: (at(network, perSecond, loaded, partitions) + 2 * written("submitted") + all * (replicas - 1)) / use,
    memory: (devices * device.memory + Object.keys(services).length * instances * process.memory) / use,
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
