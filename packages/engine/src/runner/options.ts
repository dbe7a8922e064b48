/** What a runner is given, and what follows from it. */

import type { Kinds } from "@assay/knowledge"
import type { Log, StreamPartition } from "@assay/log"
import { changelogOf, STAGE_STREAMS } from "@assay/streams"
import { type AnyStage, type AuditEvent, type RootSet, SERVICE_NAMES } from "@assay/trust"
import { type LocalSnapshots, type SnapshotOptions, stageIds } from "../state/snapshot/format.ts"
import type { Decided } from "./collector.ts"
import type { Settled } from "./partition-state.ts"
import type { BatchTracer } from "./tracer.ts"
import type { Suspects } from "./undecided-after-restores.ts"

export interface BatchDone {
  readonly partition: number
  readonly group: string
  /** The next offset of the input. */
  readonly next: number
  readonly entries: number
  /** Milliseconds from reading to durable. */
  readonly ms: number
  readonly commitMs: number
  readonly decided: ReadonlyArray<Decided>
  readonly events: ReadonlyArray<AuditEvent>
  /**
   * Entries that a stage failed at, messages or not, and records between the stages that it could not read: they wait on the
   * undecided stream, and a person must look.
   */
  readonly undecided: number
  /** Records that are none of ours, kept as dead letters. */
  readonly deadLetters: number
}

/** Where a runner has its state from: read from the log, or from what the runner before it left in memory. */
export type Opening = "restored" | Settled

export interface RunnerOptions {
  readonly log: Log
  readonly stages: ReadonlyArray<AnyStage>
  readonly partition: number
  readonly roots: RootSet
  /** Default: every kind that this version knows. */
  readonly kinds?: Kinds
  /** Default: `batchRecordsOf` the engine. */
  readonly batchRecords?: number
  readonly batchBytes?: number
  /** Default: `lingerOf` the engine. */
  readonly lingerMs?: number
  /** Goes on from the log's position also where the state was written at another: an operator moved the group on purpose. */
  readonly acceptMoved?: boolean
  /** Sees each batch; its context goes on in the headers of what the batch writes, where the engine has headers. */
  readonly tracer?: BatchTracer
  /** Local snapshots of the state, which shorten a restore; none where left out. */
  readonly snapshots?: SnapshotOptions
  /** What the runners of this partition before this one could not judge; give the same to each. */
  readonly suspects?: Suspects
  /** Called once, when the state is there; must not throw. */
  readonly onOpening?: (opening: Opening) => void
  /** Called after each chunk of entries that was judged: there is progress. Must not throw. */
  readonly onChunk?: () => void
  /** Called after each commit; must not throw. */
  readonly onBatch?: (done: BatchDone) => void
}

/** The consumer group of a deployment of stages. */
export const groupOf = (stages: ReadonlyArray<AnyStage>): string =>
  stages.length === 1 ? SERVICE_NAMES[stages[0]!.name] : "chained"

export const inputOf = ({ stages, partition }: RunnerOptions): StreamPartition => ({
  stream: STAGE_STREAMS[stages[0]!.name].input,
  partition,
})

/** What a runner's state belongs to: no other runner may go on from it. */
export const stateIdentity = ({ log, stages, partition }: RunnerOptions): string =>
  JSON.stringify([log.epoch, log.genesis, groupOf(stages), partition, stageIds(stages)])

/** Where the snapshots of a runner are, and what they belong to; null where it takes none. */
export const snapshotsOf = ({ log, stages, partition, snapshots }: RunnerOptions): LocalSnapshots | null => {
  if (snapshots === undefined) return null
  const { epoch, genesis, partitions } = log
  const group = groupOf(stages)
  const { input } = STAGE_STREAMS[stages[0]!.name]
  const changelog = changelogOf(group)
  const identity = { epoch, genesis, partitions, partition, group, input, changelog, stages: stageIds(stages) }
  return { options: snapshots, identity }
}
