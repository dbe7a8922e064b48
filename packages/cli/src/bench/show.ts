/** What `assay bench` writes for people. */
import { type Output, table } from "../output.ts"
import type { LatencyResult } from "./latency.ts"
import type { HeapCost, PipelineResult } from "./pipeline.ts"
import type { Scaling } from "./scaling.ts"
import { THREAD_KINDS } from "./thread-times.ts"

/** Messages a second of the two loops that only verify: the mean of before and after. */
export interface Limits {
  readonly v: number
  readonly b: number
  readonly threads: number
}

/** As it is called in the tables: (b) chained, (c) staged, and (d) and (e), the same while they are sealed. */
export const nameOf = ({ topology, sealed }: Pick<PipelineResult, "topology" | "sealed">): string =>
  `${sealed ? (topology === "chained" ? "(d)" : "(e)") : topology === "chained" ? "(b)" : "(c)"} ${topology}${sealed ? ", sealed" : ""}`

const loopRow = (name: string, perSecond: number, { v, b, threads }: Limits): ReadonlyArray<string> => [
  name,
  "-",
  perSecond.toFixed(0),
  (perSecond / v).toFixed(2),
  (perSecond / b).toFixed(2),
  ((threads * 1e6) / perSecond).toFixed(1),
  "-",
]

export const showRates = (results: ReadonlyArray<PipelineResult>, limits: Limits, output: Output): void => {
  output.say(
    table(
      ["run", "devices", "messages/s", "of V", "of B", "us process", "B/device"],
      [
        loopRow("(a) V, verify only", limits.v, limits),
        loopRow("(a) B, best backends", limits.b, limits),
        ...results.map((result) => [
          nameOf(result),
          String(result.devices),
          result.perSecond.toFixed(0),
          (result.perSecond / limits.v).toFixed(2),
          (result.perSecond / limits.b).toFixed(2),
          result.processUs.toFixed(1),
          String(result.bytesPerDevice ?? "-"),
        ]),
      ],
      [1, 2, 3, 4, 5, 6],
    ),
  )
  output.say()
}

/** CPU by kind of thread; nothing where the kernel does not say. */
export const showThreads = (results: ReadonlyArray<PipelineResult>, output: Output): void => {
  if (results.some(({ threads }) => threads === null)) return
  output.say(
    table(
      ["us by kind of thread", "devices", ...THREAD_KINDS],
      results.map((result) => [
        nameOf(result),
        String(result.devices),
        ...THREAD_KINDS.map((kind) => result.threads?.[kind].toFixed(1) ?? "-"),
      ]),
      [1, ...THREAD_KINDS.map((_, at) => at + 2)],
    ),
  )
  output.say()
}

const heapCells = ({ bytes, pausedUs, collections }: HeapCost): ReadonlyArray<string> => [
  String(bytes),
  pausedUs.toFixed(1),
  (collections * 1000).toFixed(2),
]

export const showHeaps = (results: ReadonlyArray<PipelineResult>, output: Output): void => {
  output.say(
    table(
      [
        "heap, a message",
        "devices",
        "judging B",
        "us paused",
        "collections/1000",
        "main B",
        "us paused",
        "collections/1000",
      ],
      results.map((result) => [
        nameOf(result),
        String(result.devices),
        ...heapCells(result.judgingHeap),
        ...heapCells(result.mainHeap),
      ]),
      [1, 2, 3, 4, 5, 6, 7],
    ),
  )
  output.say()
}

export const showStages = (result: PipelineResult, output: Output): void => {
  output.say(
    table(
      ["stage", "gather us", "judge us"],
      result.stages.map(({ stage, gatherUs, judgeUs }) => [stage, gatherUs.toFixed(2), judgeUs.toFixed(2)]),
      [1, 2],
    ),
  )
  output.say()
}

export const showLatency = (latency: LatencyResult, output: Output): void =>
  output.say(
    `latency at ${latency.offeredPerSecond.toFixed(0)}/s, ms: p50 ${latency.p50}  p90 ${latency.p90}  p99 ${latency.p99}  p99.9 ${latency.p999}  max ${latency.max}`,
  )

export const showScaling = ({ pinned, counts }: Scaling, output: Output): void => {
  output.say(
    table(
      ["threads", "verify only/s", "chained/s", "of B", "verify gain", "chained gain", "kept"],
      counts.map(({ threads, verifyPerSecond, chainedPerSecond, verifyGain, chainedGain, kept }) => [
        String(threads),
        verifyPerSecond.toFixed(0),
        chainedPerSecond.toFixed(0),
        (chainedPerSecond / verifyPerSecond).toFixed(2),
        verifyGain.toFixed(2),
        chainedGain.toFixed(2),
        kept.toFixed(2),
      ]),
      [0, 1, 2, 3, 4, 5, 6],
    ),
  )
  output.say()
  output.say(
    "Medians over the rounds; gains are over one thread, of each round; kept: the chained gain as a share of the loop's.",
  )
  if (!pinned) output.say("Threads were not kept to as many CPUs: there is no taskset, or it was refused.")
}
