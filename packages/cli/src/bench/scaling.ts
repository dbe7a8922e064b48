/**
 * What more cores add: the loop that only verifies, and the pipeline, with one thread on one CPU, with two on two, and so on up to
 * one for each, in turns, since machines drift. Two CPUs that share a core do not add up to two: so the loop's gain is the measure.
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

/** Medians over the rounds; gains are over one thread, of each round. */
export interface ScalingCount extends ScalingRun {
  readonly verifyGain: number
  readonly chainedGain: number
  /** What the pipeline gains of what the loop does. */
  readonly kept: number
}

export interface Scaling {
  /** Whether threads could be kept to as many CPUs (taskset). */
  readonly pinned: boolean
  /** Of each round, by the number of threads, from one on. */
  readonly rounds: ReadonlyArray<ReadonlyArray<ScalingRun>>
  readonly counts: ReadonlyArray<ScalingCount>
}

const SECONDS = 3
/** Up to here each number of threads; above, it doubles. */
const EACH = 4

/** How many threads are tried on so many cores: 1, 2, 3, 4, 8, 16 and so on, and one for each core. */
export const threadCounts = (cores: number): ReadonlyArray<number> => {
  const counts: Array<number> = []
  for (let count = 1; count < cores; count = count < EACH ? count + 1 : 2 * count) counts.push(count)
  return [...counts, cores]
}

/** The CPUs of such a list: `0-2,5` is four. @see Linux, Documentation/admin-guide/cputopology */
export const cpusIn = (list: string): ReadonlyArray<number> =>
  list.split(",").flatMap((part) => {
    const [from, to = from] = part.split("-").map(Number) as [number, number?]
    return Array.from({ length: to - from + 1 }, (_, nth) => from + nth)
  })

/** The CPUs that this process may use; none where the kernel does not say. */
const allowedCpus = (): ReadonlyArray<number> => {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
    return list === undefined ? [] : cpusIn(list)
  } catch {
    return []
  }
}

/** Keeps every thread of this process, and those that it starts, to these CPUs. @returns whether that worked */
const keepTo = (cpus: ReadonlyArray<number>): boolean =>
  cpus.length > 0 &&
  spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cpus.join(","), String(process.pid)]).status === 0

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

/** @param rounds one run for each number of threads, one thread first */
export const countsOf = (rounds: ReadonlyArray<ReadonlyArray<ScalingRun>>): ReadonlyArray<ScalingCount> =>
  rounds[0]!.map(({ threads }, at) => {
    const runs = rounds.map((round) => {
      const [one, run] = [round[0]!, round[at]!]
      const verifyGain = run.verifyPerSecond / one.verifyPerSecond
      const chainedGain = run.chainedPerSecond / one.chainedPerSecond
      return { ...run, verifyGain, chainedGain, kept: chainedGain / verifyGain }
    })
    const of = (pick: (run: ScalingCount) => number): number => median(runs.map(pick))
    return {
      threads,
      verifyPerSecond: of((run) => run.verifyPerSecond),
      chainedPerSecond: of((run) => run.chainedPerSecond),
      verifyGain: of((run) => run.verifyGain),
      chainedGain: of((run) => run.chainedGain),
      kept: of((run) => run.kept),
    }
  })

/** @param options `workers` is not used; there are at least as many partitions as threads */
export const measureScaling = async (
  tokens: ReadonlyArray<Uint8Array>,
  options: PipelineOptions,
  rounds: number,
): Promise<Scaling> => {
  const all = allowedCpus()
  let pinned = true
  const measured: Array<ReadonlyArray<ScalingRun>> = []
  for (let round = 0; round < rounds; round++) {
    const runs: Array<ScalingRun> = []
    for (const workers of threadCounts(availableParallelism())) {
      pinned = keepTo(all.slice(0, workers)) && pinned
      runs.push(await measure(tokens, { ...options, workers, partitions: Math.max(options.partitions, workers) }))
    }
    measured.push(runs)
  }
  keepTo(all)
  return { pinned, rounds: measured, counts: countsOf(measured) }
}
