/** Whether the simulation gives what theory says, where theory has a closed form. */
import { commitsOf } from "@assay/cli/capacity"
import { randomOf } from "@assay/fleet"
import { Durations } from "./histogram.ts"
import { type PartitionModel, Partitions } from "./partitions.ts"

export interface Compared {
  readonly what: string
  readonly unit: string
  readonly theory: number
  readonly simulated: number
}

const single = (message: number): PartitionModel => ({
  stages: [{ name: "server", message, commit: 0 }],
  ...{ commitSeconds: 0, readSeconds: 0, seenSeconds: 0, linger: 0, few: 0, most: 1 },
})

/** One queue that takes each by itself, for the same time: Pollaczek and Khinchine's mean of waiting and being served. */
const queueOf = (use: number, seconds: number, seed: string): Compared => {
  const service = 0.01
  const durations = new Durations()
  const partitions = new Partitions({
    ...{ model: single(service), count: 4, random: randomOf(seed) },
    onDecided: (_, [run], at) => durations.add(at - run!.from, 1),
  })
  partitions.setRate(use / service)
  partitions.run(seconds)
  return {
    what: `M/D/1, ${use * 100} % used: mean time of a message`,
    unit: "ms",
    theory: 1e3 * (service + (use * service) / (2 * (1 - use))),
    simulated: 1e3 * durations.mean,
  }
}

/** Commits of few records, by the renewals that the pace makes of independent arrivals. */
const commitsAt = (perSecond: number, seed: string): Compared => {
  const model: PartitionModel = {
    stages: [{ name: "stage", message: 0, commit: 0 }],
    ...{ commitSeconds: 0, readSeconds: 0, seenSeconds: 0, linger: 0.05, few: 256, most: 2_048 },
  }
  const partitions = new Partitions({ model, count: 4, random: randomOf(seed), onDecided: () => undefined })
  partitions.setRate(perSecond)
  partitions.run(300)
  return {
    what: `commits at ${perSecond} messages a second, by renewals`,
    unit: "/s",
    theory: commitsOf(perSecond),
    simulated: partitions.commits / 300 / 4,
  }
}

/** After a standstill of T a queue that is used to u is empty again after T u / (1 - u): what comes in is let out beside. */
const drainAfter = (use: number, seed: string): Compared => {
  const [message, standstill] = [0.0005, 240]
  const model: PartitionModel = {
    stages: [{ name: "stage", message, commit: 0 }],
    ...{ commitSeconds: 0, readSeconds: 0, seenSeconds: 0, linger: 0.05, few: 256, most: 2_048 },
  }
  const partitions = new Partitions({ model, count: 1, random: randomOf(seed), onDecided: () => undefined })
  partitions.setRate(use / message)
  partitions.run(10)
  partitions.stop(0, 10 + standstill)
  partitions.run(10 + standstill)
  let at = 10 + standstill
  do {
    at += 0.25
    partitions.setRate(use / message) // draws what came, so that what waits is known
    partitions.run(at)
  } while (partitions.lag(0) > 0.3)
  return {
    what: `seconds to catch up after ${standstill} s, ${use * 100} % used`,
    unit: "s",
    theory: (standstill * use) / (1 - use),
    simulated: at - 10 - standstill,
  }
}

/** Two queues one after another, the second as fast: what leaves an M/D/1 comes at most one a service time, so nothing waits there. */
const tandem = (use: number, seconds: number, seed: string): Compared => {
  const service = 0.01
  const durations = new Durations()
  const partitions = new Partitions({
    model: { ...single(service), stages: ["first", "second"].map((name) => ({ name, message: service, commit: 0 })) },
    ...{ count: 4, random: randomOf(seed) },
    onDecided: (_, [run], at) => durations.add(at - run!.from, 1),
  })
  partitions.setRate(use / service)
  partitions.run(seconds)
  return {
    what: `M/D/1 and the same again behind it, ${use * 100} % used`,
    unit: "ms",
    theory: 1e3 * (2 * service + (use * service) / (2 * (1 - use))),
    simulated: 1e3 * durations.mean,
  }
}

export const closedForms = (seed: string): ReadonlyArray<Compared> => [
  queueOf(0.3, 600, `${seed} a`),
  queueOf(0.6, 1_000, `${seed} b`),
  queueOf(0.8, 2_000, `${seed} c`),
  tandem(0.7, 1_000, `${seed} d`),
  commitsAt(2, `${seed} e`),
  commitsAt(20, `${seed} f`),
  commitsAt(500, `${seed} g`),
  drainAfter(0.6, `${seed} h`),
  drainAfter(0.8, `${seed} i`),
]
