/**
 * A node: for each partition that is its share one runner with all five stages (chained), or five runners with a stream
 * between each two (staged; one, where the process runs one service). `restart-rules.ts` says who runs when: assignment, restore after
 * failures, takeovers by other processes, stalls.
 */
import type { Kinds } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { type AnyStage, type RootSet, SERVICE_NAMES } from "@assay/trust"
import type { Opening } from "../runner/options.ts"
import { type BatchDone, groupOf, StageRunner } from "../runner/runner.ts"
import type { BatchTracer } from "../runner/tracer.ts"
import { Suspects } from "../runner/undecided-after-restores.ts"
import type { SnapshotOptions } from "../state/snapshot/format.ts"
import { GroupShare } from "./group.ts"
import type { Phase } from "./restart-rules.ts"

export type Topology = "chained" | "staged"

export interface NodeOptions {
  readonly log: Log
  readonly roots: RootSet
  /** See `RunnerOptions`. */
  readonly kinds?: Kinds
  readonly topology: Topology
  /** Fresh stages for one partition, in order: all five, or the one of this service. Called again after a restore. */
  readonly stagesFor: (partition: number) => ReadonlyArray<AnyStage>
  readonly batchRecords?: number
  readonly lingerMs?: number
  /** A runner with work to do that commits nothing for so long is restarted (default 30,000). */
  readonly stallMs?: number
  /** How long a runner may take to finish the batch in hand before it is abandoned (default 10,000). */
  readonly stopMs?: number
  /** A halted partition is tried again after this to twice as long, where trying can help (default 30,000). */
  readonly haltMs?: number
  readonly tracer?: BatchTracer
  /** See `RunnerOptions`. */
  readonly snapshots?: SnapshotOptions
  readonly acceptMoved?: boolean
  readonly onBatch?: (done: BatchDone) => void
  /** A runner of the partition has judged a chunk of entries. */
  readonly onChunk?: (partition: number) => void
  /** A runner has its state, and where from. */
  readonly onOpening?: (partition: number, group: string, from: Opening) => void
  /** A runner came into another phase. */
  readonly onChange?: () => void
  /**
   * A runner failed, and another one goes on from its last commit. After `MAX_RESTORES` in a row (outages do not count) the node
   * gives up; on a shared log only the partition, with an alarm.
   */
  readonly onRestore?: (partition: number, group: string, cause: unknown) => void
  /** Records were lost, the group was moved, or a partition cannot be judged: it stands still, and the node is not ready. */
  readonly onAlarm?: (partition: number, group: string, cause: unknown) => void
  /** A runner made no progress and is restarted. */
  readonly onStall?: (partition: number, group: string, detail: string) => void
  /** A group could not be joined (it is tried again) or left (its session will run out). */
  readonly onJoinProblem?: (group: string, cause: unknown) => void
}

export interface RunningNode {
  /** The live runners, by group and partition; for metrics and the admin endpoints. */
  readonly runners: () => ReadonlyArray<StageRunner>
  /** The partitions that are this process's share now, by group; restoring ones too. */
  readonly shares: () => ReadonlyArray<{ readonly group: string; readonly partitions: ReadonlyArray<number> }>
  /** The partitions of `submitted` that this process judges first: their ticks are its duty. */
  readonly ticked: () => ReadonlyArray<number>
  /** Why not all of this process's share is being judged, as text; null where it is. */
  readonly notReady: () => string | null
  /** Rejects when a runner gave up; resolves after `stop`. */
  readonly done: Promise<void>
  /** Finishes the batches in hand, then resolves. */
  stop(): Promise<void>
}

const STALL_MS = 30_000
const STOP_MS = 10_000
/** Looks at progress so often in each `stallMs`. */
const LOOKS = 4
const MAX_PROBLEMS = 4

const partsOf = (stages: ReadonlyArray<AnyStage>, topology: Topology): ReadonlyArray<ReadonlyArray<AnyStage>> =>
  topology === "chained" ? [stages] : stages.map((stage) => [stage])

/**
 * A chained and a staged node keep positions of their own: the other kind would decide everything once more. Only who reads
 * `submitted` could; a later stage alone has nothing to ask (and its principal may not).
 * @throws ConfigurationError
 */
const refuseOtherTopology = async ({ log, topology, stagesFor }: NodeOptions): Promise<void> => {
  if (stagesFor(0)[0]!.name !== "identity") return
  const other = topology === "chained" ? SERVICE_NAMES.identity : "chained"
  const what = log.traits.shared ? "log" : "data directory"
  for (let partition = 0; partition < log.partitions; partition++) {
    if ((await log.position(other, { stream: STREAMS.submitted, partition })) === 0) continue
    throw new ConfigurationError(
      `ASSAY_TOPOLOGY is ${topology}, but this ${what} was run ${topology === "chained" ? "staged" : "chained"}: keep that, or start a new one`,
    )
  }
}

const groupsOf = (options: NodeOptions, onPhase: () => void, onFail: (cause: unknown) => void) =>
  partsOf(options.stagesFor(0), options.topology).map((first, part) => {
    const group = groupOf(first)
    const suspects = Array.from({ length: options.log.partitions }, () => new Suspects())
    return new GroupShare<StageRunner>({
      log: options.log,
      group,
      input: STAGE_STREAMS[first[0]!.name].input,
      open: (partition, log, left) => {
        const stages = partsOf(options.stagesFor(partition), options.topology)[part]!
        const { onChunk, onOpening, ...rest } = options
        const opening = {
          ...rest,
          log,
          stages,
          partition,
          suspects: suspects[partition]!,
          ...(onChunk === undefined ? {} : { onChunk: () => onChunk(partition) }),
          ...(onOpening === undefined ? {} : { onOpening: (from: Opening) => onOpening(partition, group, from) }),
        }
        return StageRunner.open(opening, left)
      },
      stopMs: options.stopMs ?? STOP_MS,
      stallMs: options.stallMs ?? STALL_MS,
      ...(options.haltMs === undefined ? {} : { haltMs: options.haltMs }),
      hooks: (partition) => ({
        onRestore: (cause) => options.onRestore?.(partition, group, cause),
        onAlarm: (cause) => options.onAlarm?.(partition, group, cause),
        onStall: (detail) => options.onStall?.(partition, group, detail),
        onFail,
      }),
      onPhase,
      onProblem: (cause) => options.onJoinProblem?.(group, cause),
    })
  })

/**
 * Joins the groups and starts the runners of what is assigned. On a log of its own it resolves when all are judging; on a
 * shared one as soon as the groups are asked, for shares come and go: `notReady` tells how far it is.
 * @throws ConfigurationError where the log was run in the other topology
 */
export const startNode = async (options: NodeOptions): Promise<RunningNode> => {
  const { log, stallMs = STALL_MS } = options
  await refuseOtherTopology(options)
  const outcome = Promise.withResolvers<void>()
  const settled = Promise.withResolvers<void>()
  const judging = Promise.withResolvers<void>()
  let isStopping = false
  let isJoined = false

  const onPhase = (): void => {
    options.onChange?.()
    if (isStopping && groups.every((group) => group.settled)) settled.resolve()
    // On a log of its own what was assigned is opened as soon as the group is joined. What halts there is looked at again later.
    const isAtWork = (phase: Phase): boolean => phase === "judging" || phase === "idle" || phase === "halted"
    if (isJoined && groups.every((group) => group.keepers.every(({ phase }) => isAtWork(phase)))) judging.resolve()
  }
  const fail = (cause: unknown): void => {
    judging.reject(cause)
    outcome.reject(cause)
    void stop()
  }
  const groups: ReadonlyArray<GroupShare<StageRunner>> = groupsOf(options, onPhase, fail)

  const looking = setInterval(() => {
    const now = performance.now()
    for (const group of groups) for (const keeper of group.keepers) void keeper.check(now)
  }, stallMs / LOOKS)
  looking.unref()

  let stopped: Promise<void> | null = null
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      isStopping = true
      clearInterval(looking)
      for (const group of groups) group.stop()
      if (groups.every((group) => group.settled)) settled.resolve()
      await settled.promise
      await Promise.all(groups.map((group) => group.leave()))
    })()
    return stopped
  }

  outcome.promise.catch(() => undefined) // whoever awaits `done` hears of it; before that it must not count as unhandled
  judging.promise.catch(() => undefined)
  const joined = Promise.all(groups.map((group) => group.join())).then(() => {
    isJoined = true
    onPhase()
  })
  joined.catch(fail)
  if (!log.traits.shared) {
    await Promise.all([joined, judging.promise]).catch(async (cause) => {
      await stop()
      throw cause
    })
  }

  const live = (): ReadonlyArray<StageRunner> =>
    groups.flatMap((group) => group.keepers.flatMap(({ runner }) => (runner === null ? [] : [runner])))
  return {
    runners: live,
    shares: () => groups.map(({ name, share }) => ({ group: name, partitions: share })),
    ticked: () =>
      live().flatMap((runner) =>
        runner.group === "chained" || runner.group === SERVICE_NAMES.identity ? [runner.partition] : [],
      ),
    notReady: () => {
      const problems = groups.flatMap((group) => group.problems())
      if (problems.length === 0) return null
      const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : ""
      return `${problems.slice(0, MAX_PROBLEMS).join("; ")}${more}`
    },
    done: outcome.promise,
    stop: async () => {
      await stop()
      outcome.resolve()
      await outcome.promise
    },
  }
}
