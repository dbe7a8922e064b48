/**
 * A process's share in a consumer group: a loop for each stream of each partition that is assigned to it. Two processes at
 * one partition for a moment must do no harm: positions that are kept with a comparison see to that.
 */
import type { Log, Membership, StreamPartition } from "@assay/log"
import type { Handler } from "./handler.ts"
import { type Loop, type LoopMetrics, type LoopOptions, type Problem, runLoop } from "./loop.ts"

/** One stream of a partition, and what is done with it. */
export interface Source {
  readonly at: StreamPartition
  readonly handler: Handler
}

export interface GroupOptions extends Omit<LoopOptions, "log" | "at"> {
  readonly log: Log
  readonly group: string
  /** By which the processes of the group share the partitions. */
  readonly stream: string
  /**
   * Fresh handlers for a partition that was assigned.
   * @param confirm asks the group whether it still is ours: only then may a handler take it again from another process
   */
  readonly sourcesOf: (partition: number, confirm: () => Promise<boolean>) => ReadonlyArray<Source>
  /** How often lag, alarms and stalls are looked at, milliseconds. */
  readonly checkMs: number
  /** After each look. It must not throw. */
  readonly onChecked?: (now: GroupMetrics) => void
}

export interface GroupMetrics {
  /** Partitions that are this process's share. */
  readonly partitions: number
  /** Records handled by what runs now. */
  readonly handled: number
  /** Since the start. */
  readonly failures: number
  /** Some step failed, and is being tried again. */
  readonly failing: boolean
  /** Streams whose loop has ended for good. */
  readonly halted: ReadonlyArray<StreamPartition>
  /** Over all partitions, as of the last look. */
  readonly lagRecords: number
  /** Of the stream that is furthest behind. */
  readonly lagMs: number
}

export interface RunningGroup {
  metrics(): GroupMetrics
  /** Resolves when all that stands now in the streams of this share is handled; rejects with what halted one. */
  settled(): Promise<void>
  /** Finishes the steps in hand (see `atStop`), then leaves. What fails in it is reported by `onProblem`. */
  stop(): Promise<void>
}

interface Running {
  readonly at: StreamPartition
  readonly loop: Loop
}

/** Joins and begins. @throws what the log says: it is not joined then */
export const joinGroup = async (options: GroupOptions): Promise<RunningGroup> => {
  const { log, group, stream, sourcesOf, checkMs, onProblem } = options
  const shares = new Map<number, ReadonlyArray<Running>>()
  const ending = new Map<number, Promise<void>>()
  /** Assigned again before the step in hand had ended: it begins after that. */
  const waiting = new Set<number>()
  const joined = Promise.withResolvers<Membership>()
  let failures = 0
  let stopping = false
  let looking: Promise<void> = Promise.resolve()

  const reported = (problem: Problem): void => {
    if (problem.what === "step") failures += 1
    onProblem(problem)
  }
  const begin = (partition: number): void => {
    const confirm = async (): Promise<boolean> => (await joined.promise).confirm(partition)
    const running = sourcesOf(partition, confirm).map(({ at, handler }) => ({
      at,
      loop: runLoop(handler, { ...options, at, onProblem: reported }),
    }))
    shares.set(partition, running)
  }
  const end = (partition: number, running: ReadonlyArray<Running>): void => {
    shares.delete(partition)
    const ended = Promise.all(
      running.map(async ({ at, loop }) => {
        const { halted } = loop.metrics()
        // What halted it was reported then.
        await loop.stop().catch((cause) => (halted ? undefined : reported({ what: "step", at, cause, halted: true })))
      }),
    ).then(() => {
      ending.delete(partition)
      if (waiting.delete(partition) && !stopping) begin(partition)
    })
    ending.set(partition, ended)
  }
  const assign = (partitions: ReadonlySet<number>): void => {
    for (const [partition, running] of shares) if (!partitions.has(partition)) end(partition, running)
    for (const partition of waiting) if (!partitions.has(partition)) waiting.delete(partition)
    for (const partition of partitions) {
      if (stopping || shares.has(partition)) continue
      if (ending.has(partition)) waiting.add(partition)
      else begin(partition)
    }
  }

  const all = (): ReadonlyArray<Running> => [...shares.values()].flat()
  const metrics = (): GroupMetrics => {
    const now = all().map(({ at, loop }): readonly [StreamPartition, LoopMetrics] => [at, loop.metrics()])
    return {
      partitions: shares.size,
      handled: now.reduce((sum, [, { handled }]) => sum + handled, 0),
      failures,
      failing: now.some(([, one]) => one.failing),
      halted: now.flatMap(([at, { halted }]) => (halted ? [at] : [])),
      lagRecords: now.reduce((sum, [, { records }]) => sum + records, 0),
      lagMs: now.reduce((most, [, { ms }]) => Math.max(most, ms), 0),
    }
  }
  const look = async (): Promise<void> => {
    for (const { loop } of all()) {
      if (stopping) return
      await loop.check()
    }
    options.onChecked?.(metrics())
  }

  const membership = await log.join(group, stream, assign)
  joined.resolve(membership)
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, checkMs)
  timer.unref()

  return {
    metrics,
    settled: async () => {
      await Promise.all(all().map(({ loop }) => loop.settled()))
    },
    stop: async () => {
      stopping = true
      clearInterval(timer)
      assign(new Set())
      await Promise.all(ending.values())
      await looking
      await membership.leave()
    },
  }
}
