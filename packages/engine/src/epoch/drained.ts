/** Whether all that was submitted to a partition is judged by all that judge it, so that its states are final. */
import { type Log, recordsIn, type StreamPartition } from "@assay/log"
import { changelogOf, STREAMS } from "@assay/streams"
import type { AnyStage, RootSet } from "@assay/trust"
import { groupOf, inputOf } from "../runner/options.ts"
import { entryKind } from "./entry-kind.ts"

/** The groups of stages that may have judged a log, in their order: all in one, or each by itself. */
export type Groups = ReadonlyArray<() => ReadonlyArray<AnyStage>>

/** Offsets may have gaps up to the end, so it is looked whether a record stands there. */
const isAtEnd = async (log: Log, at: StreamPartition, position: number): Promise<boolean> =>
  (await log.read(at, position, 1, 1)).length === 0

const NO_ROOTS: RootSet = { roots: [], threshold: 1 }
const inputIn = (log: Log, stages: ReadonlyArray<AnyStage>, partition: number): StreamPartition =>
  inputOf({ log, stages, partition, roots: NO_ROOTS })

/** Those of the groups that have judged this partition: they have a changelog. */
export const judgingGroups = async (log: Log, groups: Groups, partition: number): Promise<Groups> => {
  const judging: Array<Groups[number]> = []
  for (const group of groups)
    if ((await log.bounds({ stream: changelogOf(groupOf(group())), partition })).end > 0) judging.push(group)
  return judging
}

export interface Drained {
  /** The entries of `submitted` below it are judged by every stage. */
  readonly next: number
  /** Why not, for people; null where it is drained. */
  readonly waits: string | null
}

/** @returns how far the first group has judged; what lies behind that on `submitted` waits for nobody */
export const judgedAt = async (log: Log, groups: Groups, partition: number): Promise<Drained> => {
  const [first, ...later] = await judgingGroups(log, groups, partition)
  if (first === undefined) return { next: 0, waits: `partition ${partition} was never judged` }
  const next = await log.position(groupOf(first()), inputIn(log, first(), partition))
  for (const group of later) {
    const at = inputIn(log, group(), partition)
    const position = await log.position(groupOf(group()), at)
    if (!(await isAtEnd(log, at, position)))
      return { next, waits: `${groupOf(group())} has not judged ${at.stream}/${partition} from offset ${position} on` }
  }
  return { next, waits: null }
}

/** The same; and neither a command nor an activation nor an admission waits behind that. */
export const drainedAt = async (log: Log, groups: Groups, partition: number): Promise<Drained> => {
  const judged = await judgedAt(log, groups, partition)
  const { next } = judged
  if (judged.waits !== null) return judged
  // Messages that came too late are carried over; of what else stands there the next epoch could make nothing.
  for await (const { value, offset } of recordsIn(log, STREAMS.submitted, partition, next)) {
    const kind = entryKind(value)
    if (kind !== "message" && kind !== "tick")
      return { next, waits: `the ${kind} at ${log.epoch}/${partition}/${offset} is not judged` }
  }
  return { next, waits: null }
}

/**
 * Nobody who has judged the log so far commits anything there any more, and what was open is finished or gone. Who would take a
 * partition again looks first whether the log was ended.
 */
export const fenceJudges = async (log: Log, groups: Groups): Promise<void> => {
  for (let partition = 0; partition < log.partitions; partition++)
    for (const group of await judgingGroups(log, groups, partition))
      await log.take(groupOf(group()), inputIn(log, group(), partition))
}
