/** Brings a runner to where its group left off. */

import { type Log, refuseLost, type StreamPartition } from "@assay/log"
import { changelogOf } from "@assay/streams"
import { restoreTrack } from "../order/track.ts"
import { ChangelogWriter } from "../state/changelog.ts"
import { restoreTable } from "../state/restore.ts"
import { SnapshotWriter } from "../state/snapshot/writer.ts"
import { eventHeaders } from "./event-headers.ts"
import { groupOf, inputOf, type RunnerOptions, snapshotsOf, stateIdentity } from "./options.ts"
import { PartitionState, type Settled } from "./partition-state.ts"
import { Pipeline } from "./pipeline.ts"
import { agreedPosition } from "./position.ts"

export interface Opened {
  readonly state: PartitionState
  readonly pipeline: Pipeline
}

/**
 * Takes the partition, and finds its state where state and position agree to go on. Throws as `StageRunner.open` says.
 * @param left what the runner before this one left in this thread: gone on from where the log agrees, else discarded
 */
export const openPartition = async (options: RunnerOptions, left: PartitionState | null = null): Promise<Opened> => {
  const { log, stages, partition } = options
  const group = groupOf(stages)
  const at = inputOf(options)
  const changelog = { stream: changelogOf(group), partition }
  // First of all: whoever had the partition before may write no more, or what is restored would miss its last commit.
  const taken = await log.take(group, at)
  const kept = left === null ? null : await settled(options, left, changelog, taken)
  const state = kept === null ? await restoredState(options, group, at, taken) : left!
  options.onOpening?.(kept ?? "restored")
  const { table, track } = state.parts
  return { state, pipeline: new Pipeline({ stages, table, track, ...headersOf(log, options, group, at) }) }
}

/** @returns null where it is not gone on from: its memory is free again, since there is no room for two */
const settled = async (
  options: RunnerOptions,
  left: PartitionState,
  changelog: StreamPartition,
  taken: number,
): Promise<Settled | null> => {
  const { log, stages } = options
  const kept = left.identity === stateIdentity(options) ? await left.settle(log, changelog, taken) : null
  if (kept === null) {
    left.discard()
    return null
  }
  left.parts.table.useStages(stages)
  await refuseLost(log, inputOf(options), left.reached.next)
  return kept
}

const restoredState = async (
  options: RunnerOptions,
  group: string,
  at: StreamPartition,
  taken: number,
): Promise<PartitionState> => {
  const { log, stages, partition, roots, kinds, acceptMoved = false } = options
  const changelog = changelogOf(group)
  const local = snapshotsOf(options)
  const restored = await restoreTable({
    log,
    stages,
    changelog,
    partition,
    position: taken,
    ...(local === null ? {} : { snapshots: local }),
  })
  const next = await agreedPosition({ log, group, at, changelog, acceptMoved }, taken, restored.progress)
  await refuseLost(log, at, next)
  const track = restoreTrack(log, partition, restored.runner, roots, kinds, restored.table.items())
  const parts = {
    table: restored.table,
    track,
    writer: new ChangelogWriter(restored, log.traits.compacts),
    snapshots: local === null ? null : new SnapshotWriter(local, restored),
  }
  return new PartitionState(
    stateIdentity(options),
    parts,
    { next, lastTime: restored.progress?.lastTime ?? 0 },
    restored.end,
  )
}

/** What records carry besides, where the engine has headers. */
const headersOf = (log: Log, { stages }: RunnerOptions, group: string, at: StreamPartition) =>
  log.traits.headers ? { letters: { stage: stages[0]!.name, group, ...at }, headersOf: eventHeaders(log) } : {}
