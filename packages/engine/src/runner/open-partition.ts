/** Brings a runner to where its group left off. */

import { refuseLost } from "@assay/log"
import { changelogOf } from "@assay/streams"
import { restoreTrack } from "../order/track.ts"
import { ChangelogWriter } from "../state/changelog.ts"
import type { Progress } from "../state/progress.ts"
import { restoreTable } from "../state/restore.ts"
import { SnapshotWriter } from "../state/snapshot/writer.ts"
import { eventHeaders } from "./event-headers.ts"
import { groupOf, inputOf, type RunnerOptions, snapshotsOf } from "./options.ts"
import { Pipeline } from "./pipeline.ts"
import { agreedPosition } from "./position.ts"

export interface Opened {
  readonly pipeline: Pipeline
  readonly writer: ChangelogWriter
  readonly snapshots: SnapshotWriter | null
  readonly from: Progress
}

/** Takes the partition, restores its state, and finds where both agree to go on. Throws as `StageRunner.open` says. */
export const openPartition = async (options: RunnerOptions): Promise<Opened> => {
  const { log, stages, partition, roots, kinds, acceptMoved = false } = options
  const group = groupOf(stages)
  const at = inputOf(options)
  const changelog = changelogOf(group)
  // First of all: whoever had the partition before may write no more, or what is restored would miss its last commit.
  const taken = await log.take(group, at)
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
  const headers = log.traits.headers
    ? { letters: { stage: stages[0]!.name, group, ...at }, headersOf: eventHeaders(log) }
    : {}
  return {
    pipeline: new Pipeline({ stages, table: restored.table, track, ...headers }),
    writer: new ChangelogWriter(restored, stages, log.traits.compacts),
    snapshots: local === null ? null : new SnapshotWriter(local, stages, restored),
    from: { next, lastTime: restored.progress?.lastTime ?? 0 },
  }
}
