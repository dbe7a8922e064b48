/** Reads the states of a partition back as a runner would, and judges nothing: shows that they can be gone on from. */
import type { Log } from "@assay/log"
import { changelogOf } from "@assay/streams"
import type { AnyStage, RootSet } from "@assay/trust"
import { restoreTrack } from "../order/track.ts"
import { restoreTable } from "../state/restore.ts"
import { groupOf, inputOf } from "./options.ts"

export interface CheckedState {
  readonly group: string
  /** Devices and other keys of which a state is kept. */
  readonly rows: number
  /** The next entry of the input that is not yet judged. */
  readonly next: number
}

/**
 * @param roots the pinned ones: knowledge that they did not sign is no state to go on from
 * @returns null where the group never judged the partition
 * @throws DamagedStateError; Error where the state is of another position than the group's, or its knowledge is not the roots'
 */
export const checkState = async (
  log: Log,
  stages: ReadonlyArray<AnyStage>,
  partition: number,
  roots: RootSet,
): Promise<CheckedState | null> => {
  const group = groupOf(stages)
  const changelog = changelogOf(group)
  const position = await log.position(group, inputOf({ log, stages, partition, roots }))
  const { table, runner, progress } = await restoreTable({ log, stages, changelog, partition, position })
  if (progress === null && position === 0) return null
  if (progress?.next !== position)
    throw new Error(
      `${changelog}/${partition} is as of entry ${progress?.next ?? "none"}, and the group ${group} is at ${position}`,
    )
  restoreTrack(log, partition, runner, roots, undefined, table.items())
  return { group, rows: table.size, next: position }
}
