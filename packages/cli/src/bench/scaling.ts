/**
 * What another core adds: the loop that only verifies, and the pipeline, with one thread on one CPU and with one thread for each,
 * in turns, since machines drift. Two CPUs that share a core do not add up to two: so the loop's gain is the measure.
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { measurePipeline, type PipelineOptions } from "./pipeline.ts"
import { verifyOnly } from "./verify.ts"

export interface ScalingRun {
  readonly threads: number
  /** Signatures a second of the loop with the best backends. */
  readonly verifyPerSecond: number
  /** Messages a second, chained and durable. */
  readonly chainedPerSecond: number
}

export interface Scaling {
  /** Whether one-thread runs could be kept to one CPU (taskset). */
  readonly pinned: boolean
  readonly rounds: ReadonlyArray<readonly [one: ScalingRun, all: ScalingRun]>
  /** Of all threads over one; medians over the rounds. */
  readonly verifyGain: number
  readonly chainedGain: number
  /** What the pipeline gains of what the loop does; of each round, then the median. */
  readonly kept: number
}

const SECONDS = 3

/** The CPUs that this process may use, as the kernel writes them; null where it does not. */
const allowedCpus = (): string | null => {
  try {
    return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? null
  } catch {
    return null
  }
}

/** Keeps every thread of this process, and those that it starts, to these CPUs. @returns whether that worked */
const keepTo = (cpus: string): boolean =>
  spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cpus, String(process.pid)]).status === 0

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

const measure = async (tokens: ReadonlyArray<Uint8Array>, options: PipelineOptions): Promise<ScalingRun> => {
  const { workers: threads, verifyBackend: backend } = options
  const verified = await verifyOnly(tokens, SECONDS, { best: true, backend }, threads)
  const chained = await measurePipeline(options)
  return { threads, verifyPerSecond: verified.perSecond, chainedPerSecond: chained.perSecond }
}

const verifyGain = ([one, more]: readonly [ScalingRun, ScalingRun]): number =>
  more.verifyPerSecond / one.verifyPerSecond
const chainedGain = ([one, more]: readonly [ScalingRun, ScalingRun]): number =>
  more.chainedPerSecond / one.chainedPerSecond

/** @param options `workers` is not used */
export const measureScaling = async (
  tokens: ReadonlyArray<Uint8Array>,
  options: PipelineOptions,
  rounds: number,
): Promise<Scaling> => {
  const all = allowedCpus()
  const first = all?.split(/[-,]/)[0]
  let pinned = all !== null
  const measured: Array<readonly [ScalingRun, ScalingRun]> = []
  for (let round = 0; round < rounds; round++) {
    if (first !== undefined) pinned = keepTo(first) && pinned
    const one = await measure(tokens, { ...options, workers: 1 })
    if (all !== null) keepTo(all)
    measured.push([one, await measure(tokens, { ...options, workers: availableParallelism() })])
  }
  return {
    pinned,
    rounds: measured,
    verifyGain: median(measured.map(verifyGain)),
    chainedGain: median(measured.map(chainedGain)),
    kept: median(measured.map((round) => chainedGain(round) / verifyGain(round))),
  }
}
