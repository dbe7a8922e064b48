/** How large a region's deployment is: as `assay capacity` says for its mean rate. */
import {
  at,
  type Costs,
  type Demand,
  DISK_PARTS,
  fullOf,
  type Linear,
  loadedOf,
  type Measured,
  needOf,
} from "@assay/cli/capacity"
import type { PartitionModel } from "./partitions.ts"
import type { World } from "./world.ts"

export interface Sizing {
  readonly devices: number
  readonly messagesPerSecond: number
  readonly partitions: number
  readonly cores: number
  readonly brokerCores: number
  /** Bytes a second, both ways, and of the brokers' disks. */
  readonly network: number
  readonly disk: number
  readonly model: PartitionModel
  /** Of a rate of messages and of commits (of one service, all partitions): CPU of brokers, bytes a second. */
  readonly brokerAt: (messages: number, commits: number) => number
  readonly networkAt: (messages: number, commits: number) => number
  readonly diskAt: (messages: number, commits: number) => number
  /** CPU seconds of a message in the stage that takes most: its thread is the bound of a partition. */
  readonly busiest: number
}

/** Of a commit. */
const ROUND_TRIPS = 5

/** The commits of a region's partitions are full. */
export const modelOf = ({ services }: Costs, commitSeconds: number): PartitionModel => ({
  stages: Object.entries(services).map(([name, cost]) => {
    const { message, commit } = fullOf(cost)
    return { name, message: message / 1e6, commit: commit / 1e6 }
  }),
  commitSeconds,
  // A commit is some five round trips to brokers (`world.json`), a fetch is one, and so is the sight of what was committed.
  readSeconds: commitSeconds / ROUND_TRIPS,
  seenSeconds: commitSeconds / ROUND_TRIPS,
  linger: 0.05,
  few: 256,
  most: 2_048,
})

export const sizingOf = (world: World, measured: Measured, devices: number): Sizing => {
  const { topology, replicas, use, secondsBetweenMessages, commitSeconds } = world
  const demand: Demand = {
    ...{ devices, rate: 1 / secondsBetweenMessages, retention: 1, topology, replicas, use },
    ...{ partitions: null, instances: 1 },
  }
  const need = needOf(measured, demand)
  const costs = measured[topology]
  const bytes = (cost: Linear, messages: number, commits: number): number =>
    at(cost, messages, loadedOf(commits, need.partitions), need.partitions)
  const parts = topology === "staged" ? DISK_PARTS : DISK_PARTS.filter((part) => part !== "stages")
  const written = (messages: number, commits: number): number =>
    parts.reduce((sum, part) => sum + bytes(costs.disk[part], messages, commits), 0)
  const diskAt = (messages: number, commits: number): number => written(messages, commits) * replicas
  return {
    devices,
    messagesPerSecond: need.messagesPerSecond,
    partitions: need.partitions,
    cores: need.cores,
    brokerCores: need.brokerCores,
    network: need.network,
    disk: diskAt(need.messagesPerSecond, need.commitsPerSecond) / use,
    model: modelOf(costs, commitSeconds),
    brokerAt: (messages, commits) =>
      (at(costs.broker, messages, loadedOf(commits, need.partitions), 0, need.partitions) / 1e6) * replicas,
    networkAt: (messages, commits) =>
      bytes(costs.network, messages, commits) +
      2 * bytes(costs.disk.submitted, messages, commits) +
      written(messages, commits) * (replicas - 1),
    diskAt,
    busiest: Math.max(...Object.values(costs.services).map((cost) => fullOf(cost).message / 1e6)),
  }
}
