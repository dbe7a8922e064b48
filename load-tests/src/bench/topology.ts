/** One topology on Kafka beside its floor: throughput, CPU, and latency by rate. */

import type { Topology } from "@assay/engine"
import { KAFKA, NODE } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import type { BenchBroker } from "./broker.ts"
import type { Outcomes } from "./decided.ts"
import { type Drain, measureDrain } from "./drain.ts"
import { planFloor } from "./floor/plan.ts"
import { measureFloor } from "./floor/run.ts"
import type { Limits, RateResult, Sweep } from "./knee.ts"
import { LoadGenerator, type LoadSettings, ratesFrom } from "./sweep.ts"
import { makeTopics, openKafkaTarget } from "./target-kafka.ts"
import { countWritten, markEnds, type Written, writtenStreams } from "./window.ts"
import { LEARNING, type Message, makeWorkload, type Workload } from "./workload.ts"

export interface TopologyOptions {
  readonly topology: Topology
  readonly broker: BenchBroker
  /** Of all logs of this run. */
  readonly prefix: string
  readonly devices: number
  readonly messages: number
  /** Decided before any clock starts. */
  readonly warmUp: number
  readonly rounds: number
  readonly partitions: number
  readonly seed: string
  readonly batchRecords: number | null
  readonly env: Readonly<Record<string, string>>
  /** Null leaves latency out. */
  readonly load: (LoadSettings & { readonly refinements: number; readonly limits: Limits }) | null
  readonly progress: (line: string) => void
}

export interface TopologyResult {
  readonly topology: Topology
  readonly drains: ReadonlyArray<Drain>
  readonly floor: ReadonlyArray<Drain>
  /** What the pipeline wrote for the messages of all rounds: a shape for the floor, no count of decisions. */
  readonly written: ReadonlyArray<Written>
  readonly sweep: Sweep | null
  readonly atHalfTheKnee: RateResult | null
}

/** Refuses to go on with figures of a pipeline that did not do its work; that each message is decided was seen before. */
const checkVerified = (outcomes: Outcomes, messages: number): void => {
  const verified = outcomes[STREAMS.verified] ?? 0
  // The fleet is honest and known; what is only annotated shows detectors at work.
  if (verified < messages * 0.9) throw new Error(`only ${verified} of ${messages} messages were verified: report this`)
}

const measurePipeline = async (options: TopologyOptions, prefix: string, workload: Workload) => {
  const { topology, broker, devices, messages, warmUp, rounds, batchRecords, env, load, progress } = options
  const target = await openKafkaTarget({
    ...{ brokers: broker.brokers, prefix, topology, via: "log", workload },
    env: { ...env, ...(batchRecords === null ? {} : { [NODE.batchRecords.key]: String(batchRecords) }) },
  })
  try {
    progress(`${topology}: warming up ...`)
    await target.send(workload.enrolment)
    await target.settled()
    await measureDrain(target, workload.next(Math.max(warmUp, devices * LEARNING)))
    const marks = await markEnds(target.log, writtenStreams(topology))
    const drains: Array<Drain> = []
    let last: ReadonlyArray<Message> = []
    for (let round = 0; round < rounds; round++) {
      last = workload.next(messages)
      const { drain, outcomes } = await measureDrain(target, last, broker.processes)
      checkVerified(outcomes, messages)
      progress(`${topology}: ${drain.perSecond.toFixed(0)}/s`)
      drains.push(drain)
    }
    const written = await countWritten(target.log, marks)
    if (load === null) return { drains, written, last, sweep: null, atHalfTheKnee: null }
    const generator = await LoadGenerator.on(target, workload, load, { others: broker.processes, progress })
    const fastest = Math.max(...drains.map(({ perSecond }) => perSecond))
    const sweep = await generator.sweep(ratesFrom(fastest), load.refinements, load.limits)
    const atHalfTheKnee = sweep.knee === null ? null : await generator.rate(sweep.knee / 2, 2 * load.seconds)
    return { drains, written, last, sweep, atHalfTheKnee }
  } finally {
    await target.close()
  }
}

export const measureTopology = async (options: TopologyOptions): Promise<TopologyResult> => {
  const { topology, broker, devices, messages, rounds, partitions, seed, batchRecords, progress } = options
  const prefix = `${options.prefix}${topology}.`
  await makeTopics(broker.brokers, prefix, partitions)
  const workload = makeWorkload({ devices, partitions, seed, attackShare: 0, messages: 0 })
  const { last, ...found } = await measurePipeline(options, prefix, workload)
  progress(`${topology}: the floor ...`)
  const floor = await measureFloor({
    ...{ brokers: broker.brokers, prefix: `${options.prefix}${topology}-floor.`, samples: prefix, partitions },
    hops: planFloor(topology, rounds * messages, found.written),
    // The floor never looks into a message: the same ones do for every round.
    warmUp: last,
    rounds: Array.from({ length: rounds }, () => last),
    batchRecords,
    // The floor gets the same environment as the pipeline.
    zstd: options.env[KAFKA.compression.key] !== "none",
    others: broker.processes,
  })
  for (const { perSecond } of floor) progress(`${topology}: floor ${perSecond.toFixed(0)}/s`)
  return { topology, ...found, floor }
}

/** The prefixes of the logs that `measureTopology` makes. */
export const prefixesOf = (prefix: string): ReadonlyArray<string> =>
  ["chained", "chained-floor", "staged", "staged-floor"].map((name) => `${prefix}${name}.`)
