/**
 * One region: some of its partitions event by event, which stand for all of them, and what they share (cores, brokers, network,
 * disks, ingress) from their mean. What a resource is asked for above what it has makes everybody who shares it slower.
 */
import { type Random, randomOf } from "@assay/fleet"
import { Durations } from "./histogram.ts"
import { Partitions } from "./partitions.ts"
import type { Sizing } from "./sizing.ts"
import type { World } from "./world.ts"

export const RESOURCES = ["threads", "cores", "brokers", "network", "disks", "ingress"] as const
export type Resource = (typeof RESOURCES)[number]

export interface Moment {
  readonly second: number
  /** Messages a second: what devices have to say, and what was taken. */
  readonly offered: number
  readonly accepted: number
  /** Messages that wait on devices, and in the log. */
  readonly onDevices: number
  readonly inLog: number
  /** Seconds since the oldest in the log was submitted. */
  readonly lag: number
  readonly use: Readonly<Record<Resource, number>>
}

export interface Played {
  readonly moments: ReadonlyArray<Moment>
  /** From being submitted to being decided, of all, and of those in partitions that were stopped. */
  readonly latency: Durations
  readonly stopped: Durations
}

export interface Script {
  readonly seconds: number
  /** Messages a second of the whole region, at this second. */
  readonly offered: (second: number) => number
  /** Whether ingress refuses above `ASSAY_MAX_BACKLOG` undecided entries, and devices come again. */
  readonly limit: number
  /** Called at the beginning of each second. */
  readonly each?: (second: number, partitions: Partitions) => void
  /** Numbers of sampled partitions whose latency is counted apart. */
  readonly apart?: ReadonlySet<number>
  /** More than the sizing has, from a second on: instances that were added. */
  readonly moreCores?: (second: number) => number
}

const STEP_S = 0.25
/** A commit of busy brokers takes so many times as long at most: then they are what bounds the rate. */
const MOST_BUSY = 0.98
/** Arrivals are spread over devices and time: no more than this share of those that wait try again in a second. */
const retryRate = (waiting: number, { firstSeconds, mostSeconds }: World["retry"], refusedFor: number): number =>
  waiting / Math.min(mostSeconds, Math.max(firstSeconds, refusedFor / 2))

export const playRegion = (world: World, sizing: Sizing, sample: number, seed: string, script: Script): Played => {
  const random: Random = randomOf(seed)
  const latency = new Durations()
  const stopped = new Durations()
  const weight = sizing.partitions / sample
  let factor = 1
  const partitions: Partitions = new Partitions({
    model: sizing.model,
    count: sample,
    random,
    slowdown: () =>
      Math.max(1, (partitions.judging * weight) / (sizing.cores * (script.moreCores?.(partitions.now) ?? 1))),
    commitFactor: () => factor,
    onDecided: (partition, runs, at) => {
      const into = script.apart?.has(partition) === true ? [latency, stopped] : [latency]
      // Those of one run came one after another: a quarter of them at each of four moments.
      for (const durations of into)
        for (const { from, to, count } of runs)
          if (from === to) durations.add(at - from, count)
          else
            for (const share of [0.125, 0.375, 0.625, 0.875]) durations.add(at - from - (to - from) * share, count / 4)
    },
  })
  const moments: Array<Moment> = []
  let onDevices = 0
  let refusedFor = 0
  for (let second = 0; second < script.seconds; second++) {
    script.each?.(second, partitions)
    const fresh = script.offered(second)
    const offered = fresh + (onDevices > 0 ? retryRate(onDevices, world.retry, refusedFor) : 0)
    const before = { cpu: partitions.cpu, commits: partitions.commits, taken: partitions.taken }
    let accepted = 0
    for (let step = 0; step < 1 / STEP_S; step++) {
      let inLog = 0
      for (let partition = 0; partition < sample; partition++) inLog += partitions.waiting(partition) * weight
      // Ingress asks how much waits, and takes no more until it is less.
      const taken = Math.min(offered, Math.max(0, (script.limit - inLog) / STEP_S))
      accepted += taken * STEP_S
      partitions.setRate(taken / sizing.partitions + 1)
      partitions.run(second + (step + 1) * STEP_S)
    }
    const messages = (partitions.taken - before.taken) * weight
    const commits = ((partitions.commits - before.commits) * weight) / sizing.model.stages.length
    const brokers = sizing.brokerAt(messages, commits) / sizing.brokerCores
    factor = 1 / (1 - Math.min(MOST_BUSY, brokers))
    onDevices = Math.max(0, onDevices + fresh - accepted)
    refusedFor = accepted < offered * 0.999 ? refusedFor + 1 : 0
    let inLog = 0
    let lag = 0
    for (let partition = 0; partition < sample; partition++) {
      inLog += partitions.waiting(partition) * weight
      lag = Math.max(lag, partitions.lag(partition))
    }
    moments.push({
      ...{ second, offered, accepted, onDevices, inLog, lag },
      use: {
        threads: (messages * sizing.busiest) / sizing.partitions,
        cores: ((partitions.cpu - before.cpu) * weight) / (sizing.cores * (script.moreCores?.(second) ?? 1)),
        brokers,
        network: sizing.networkAt(messages, commits) / sizing.network,
        disks: sizing.diskAt(messages, commits) / sizing.disk,
        ingress: Math.min(1, inLog / script.limit),
      },
    })
  }
  return { moments, latency, stopped }
}

/** The resource that was first used to 95 %, with the second; null where none was. */
export const firstFull = (
  moments: ReadonlyArray<Moment>,
): { readonly resource: Resource; readonly second: number } | null => {
  for (const { second, use } of moments) {
    const full = RESOURCES.filter((resource) => use[resource] >= 0.95)
    if (full.length > 0) return { resource: full.sort((a, b) => use[b] - use[a])[0]!, second }
  }
  return null
}

export const peaksOf = (moments: ReadonlyArray<Moment>): Readonly<Record<Resource, number>> =>
  Object.fromEntries(
    RESOURCES.map((resource) => [resource, Math.max(...moments.map(({ use }) => use[resource]))]),
  ) as Record<Resource, number>

/** The second from which nothing was late any more; null where it never came to that. */
export const caughtUp = (moments: ReadonlyArray<Moment>, from: number, within: number): number | null => {
  let last: number | null = null
  for (const { second, lag, onDevices } of moments) if (second >= from && (lag > within || onDevices > 1)) last = second
  if (last === null) return from
  return last + 1 < moments.length ? last + 1 : null
}
