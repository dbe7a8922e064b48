/** The runs of the check: on one broker, each deployment with topics of its own. */
import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Topology } from "@assay/cli/capacity"
import { NODE } from "@assay/settings"
import type { BenchBroker } from "../bench/broker.ts"
import { measureDrain } from "../bench/drain.ts"
import { LoadGenerator } from "../bench/sweep.ts"
import { makeTopics, openKafkaTarget } from "../bench/target-kafka.ts"
import { LEARNING, type Message, makeWorkload } from "../bench/workload.ts"
import { unsealedIn } from "../cluster/unsealed.ts"
import { untilDone } from "../cluster/work.ts"
import { type Observed, observe } from "./observe.ts"

export interface Size {
  readonly devices: number
  /** Messages a second, all devices. */
  readonly perSecond: number
  readonly partitions: number
}

/** Deployments, each loaded with one rate after another; 0 is rest. */
interface Fitted {
  readonly devices: number
  readonly partitions: number
  readonly rates: ReadonlyArray<number>
}

/**
 * The model is fitted to these: nothing comes, little comes, much comes; and nothing comes to twice as many partitions, which
 * tells what a partition costs from what a process does. All of them are to leave room on two cores: what a machine without room
 * does is not what is sized. Staged, every message takes five commits, so it gets less.
 */
export const FITTED: Readonly<Record<Topology, ReadonlyArray<Fitted>>> = {
  chained: [
    { devices: 500, partitions: 2, rates: [0, 20, 150, 700] },
    { devices: 500, partitions: 4, rates: [0] },
  ],
  staged: [
    { devices: 500, partitions: 1, rates: [0, 8, 60, 250] },
    { devices: 500, partitions: 3, rates: [0] },
  ],
}

/** And checked with these, none of which it was fitted to. */
export const SIZES: Readonly<Record<Topology, ReadonlyArray<Size>>> = {
  chained: [
    { devices: 200, perSecond: 120, partitions: 1 },
    { devices: 1_000, perSecond: 400, partitions: 3 },
    { devices: 2_000, perSecond: 500, partitions: 2 },
  ],
  staged: [
    { devices: 200, perSecond: 25, partitions: 1 },
    { devices: 1_000, perSecond: 150, partitions: 1 },
    { devices: 500, perSecond: 40, partitions: 2 },
  ],
}

/** All of it at another rate: a machine that is slow, or busy, keeps up with less. */
export const scaled = (rate: number, percent: number): number =>
  Math.max(rate === 0 ? 0 : 1, Math.round((rate * percent) / 100))

export interface RunOptions {
  readonly broker: BenchBroker
  readonly topology: Topology
  readonly seconds: number
  /** Messages decided before, from a backlog: V8 compiles what is hot. */
  readonly warmUp: number
  /** Then seconds at the highest of the rates: a commit has code of its own, which a backlog hardly runs. */
  readonly warmUpSeconds: number
  readonly progress: (line: string) => void
}

const PATIENCE_S = 60
const SEALED_MS = 60_000
/** From the last message to a deployment that does nothing but tick. */
const REST_MS = 2_000

/** At rest, a few messages a second are enough for commits. */
const LEAST_WARM_RATE = 20

/** One deployment with a fleet that is known, loaded with one rate after another; 0 is rest. */
export const observeRates = async (
  options: RunOptions,
  { devices, partitions }: Pick<Size, "devices" | "partitions">,
  rates: ReadonlyArray<number>,
): Promise<ReadonlyArray<Observed>> => {
  const { broker, topology, seconds, warmUp, warmUpSeconds, progress } = options
  const prefix = `capacity-${randomBytes(4).toString("hex")}.`
  await makeTopics(broker.brokers, prefix, partitions)
  const workload = makeWorkload({ devices, partitions, seed: prefix, attackShare: 0, messages: 0 })
  const target = await openKafkaTarget({
    ...{ brokers: broker.brokers, prefix, topology, via: "log", workload },
    // The one of integrity-hasher, or of all stages, has a directory to seal into.
    env: { [NODE.seal.key]: "auto" },
  })
  const sealed = async (): Promise<void> => {
    await untilDone(() => unsealedIn(target.log), SEALED_MS)
    await sleep(REST_MS)
  }
  try {
    await target.send(workload.enrolment)
    await target.settled()
    await measureDrain(target, workload.next(Math.max(warmUp, devices * LEARNING)))
    const settings = { seconds, warmUpSeconds: 0, patienceSeconds: PATIENCE_S, arrivals: "capacity" }
    // Signed before anything is observed: while it signs, the generator sends nothing.
    let signed: ReadonlyArray<Message> = []
    const ready = { ...workload, next: () => signed }
    const generator = await LoadGenerator.on(target, ready, settings, { others: [], progress })
    const warmRate = Math.max(LEAST_WARM_RATE, ...rates)
    signed = workload.next(warmRate * warmUpSeconds)
    if (signed.length > 0) await generator.rate(warmRate, warmUpSeconds)
    const observing = { target, prefix, dataDir: broker.dataDir!, partitions, brokers: broker.processes }
    const observed: Array<Observed> = []
    for (const rate of rates) {
      signed = workload.next(rate * seconds)
      await sealed()
      const end = await observe(observing)
      if (rate === 0) {
        await sleep(seconds * 1_000)
        observed.push(await end(0, 0, null))
        continue
      }
      const { finished, p50, p99, mean = 0, append = [], late = [] } = await generator.rate(rate)
      if (!finished)
        throw new Error(`not all of ${rate} messages a second were decided: this machine has too little room just now`)
      observed.push(await end(rate * seconds, rate, { mean, p50, p99, append, late }))
    }
    return observed
  } finally {
    await target.close()
  }
}

const RESTORE = fileURLToPath(new URL("../../../packages/cli/bench/restore.ts", import.meta.url))

/** Bytes that a process takes for so many devices, by a process of its own that restores them. */
export const memoryOf = (devices: number): number => {
  const args = ["--expose-gc", "--max-old-space-size=8192", RESTORE, "--devices", String(devices)]
  const said = execFileSync(process.execPath, args, { encoding: "utf8" })
  return (JSON.parse(said) as { readonly bytesPerDevice: number }).bytesPerDevice * devices
}
