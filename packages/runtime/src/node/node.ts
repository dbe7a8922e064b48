/**
 * A node: for each partition one runner with all five stages (chained), or five runners with a stream between each two
 * (staged). Effect owns the life cycle: start, retry with restore after a failed commit, graceful stop.
 */
import type { Log } from "@assay/log"
import { FencedError, STREAMS } from "@assay/log"
import { type AnyStage, type RootSet, SERVICE_NAMES } from "@assay/trust"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { type BatchDone, StageRunner } from "../runner/runner.ts"
import { ConfigurationError } from "./configuration-error.ts"

export type Topology = "chained" | "staged"

export interface NodeOptions {
  readonly log: Log
  readonly roots: RootSet
  readonly topology: Topology
  /** Fresh stages for one partition, in order; called again after a restore. */
  readonly stagesFor: (partition: number) => ReadonlyArray<AnyStage>
  readonly batchRecords?: number
  readonly onBatch?: (done: BatchDone) => void
  /** A runner failed and will be restored; after `MAX_RESTORES` in a row the node gives up. */
  readonly onRestore?: (partition: number, group: string, cause: unknown) => void
}

export interface RunningNode {
  /** The live runners, by group and partition; for metrics and the admin endpoints. */
  readonly runners: () => ReadonlyArray<StageRunner>
  /** Rejects when a runner gave up; resolves after `stop`. */
  readonly done: Promise<void>
  /** Finishes the batches in hand, then resolves. */
  stop(): Promise<void>
}

const MAX_RESTORES = 8

const restoreSchedule = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("5 seconds")]).pipe(
  Schedule.jittered,
)

const partsOf = (stages: ReadonlyArray<AnyStage>, topology: Topology): ReadonlyArray<ReadonlyArray<AnyStage>> =>
  topology === "chained" ? [stages] : stages.map((stage) => [stage])

/**
 * A chained and a staged node keep positions of their own: the other kind would decide everything once more.
 * @throws ConfigurationError
 */
const refuseOtherTopology = async (log: Log, topology: Topology): Promise<void> => {
  const other = topology === "chained" ? SERVICE_NAMES.identity : "chained"
  for (let partition = 0; partition < log.partitions; partition++) {
    if ((await log.position(other, { stream: STREAMS.submitted, partition })) === 0) continue
    throw new ConfigurationError(
      `ASSAY_TOPOLOGY is ${topology}, but this data directory was run ${topology === "chained" ? "staged" : "chained"}: keep that, or start a new directory`,
    )
  }
}

/** Restores every runner, then starts them all; resolves when all are judging. */
export const startNode = async (options: NodeOptions): Promise<RunningNode> => {
  const { log, topology, stagesFor } = options
  await refuseOtherTopology(log, topology)
  const stopping = new AbortController()
  const live = new Map<string, StageRunner>()
  const tasks: Array<Promise<void>> = []
  const openings: Array<Promise<void>> = []

  for (let partition = 0; partition < log.partitions; partition++) {
    const count = partsOf(stagesFor(partition), topology).length
    for (let part = 0; part < count; part++) {
      const opened = Promise.withResolvers<void>()
      openings.push(opened.promise)
      let failures = 0
      let reached = -1
      const once = Effect.tryPromise({
        try: async () => {
          const stages = partsOf(stagesFor(partition), topology)[part]!
          const runner = await StageRunner.open({ ...options, stages, partition })
          live.set(`${runner.group}/${partition}`, runner)
          opened.resolve()
          // Failures count in a row: a runner that got further than the last time starts anew.
          if (runner.next > reached) failures = 0
          reached = runner.next
          await runner.run(stopping.signal)
        },
        catch: (cause) => cause,
      }).pipe(
        Effect.tapError((cause) =>
          Effect.sync(() =>
            options.onRestore?.(partition, partsOf(stagesFor(partition), topology)[part]![0]!.name, cause),
          ),
        ),
      )
      // Another owner of the partition is no fault to retry: two writers would take turns fencing each other.
      const supervised = once.pipe(
        Effect.retry({
          schedule: restoreSchedule,
          while: (cause) =>
            ++failures <= MAX_RESTORES && !(cause instanceof FencedError) && !(cause instanceof ConfigurationError),
        }),
      )
      const task = Effect.runPromise(supervised)
      task.catch((cause) => opened.reject(cause))
      tasks.push(task)
    }
  }
  const done = Promise.all(tasks).then(() => undefined)
  done.catch(() => stopping.abort())
  await Promise.all(openings)
  return {
    runners: () => [...live.values()],
    done,
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}
