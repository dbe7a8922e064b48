/** Where a group goes on. */
import { type Log, type StreamPartition, TakenOverError } from "@assay/log"
import type { Progress } from "../state/progress.ts"
import { MovedError } from "./moved-position.ts"

export interface Claim {
  readonly log: Log
  readonly group: string
  readonly at: StreamPartition
  /** The name of the group's changelog. */
  readonly changelog: string
  /** Whether an operator has said that the group was moved on purpose: the log's position then counts. */
  readonly acceptMoved: boolean
}

/**
 * Compares the group's position with what the restored state was written at; they move in one commit, so they are equal
 * unless somebody touched one of them. Brokers forget the positions of groups that were idle for long: then the state's counts.
 * @param taken what `log.take` said
 * @param state what the changelog says; null where it has no position
 * @returns the offset to go on from
 * @throws MovedError where they differ otherwise: judging on would skip messages, or decide some twice
 * @throws TakenOverError where another process has taken the partition since, and committed: its commit is in our state
 */
export const agreedPosition = async (claim: Claim, taken: number, state: Progress | null): Promise<number> => {
  const { log, group, at, changelog, acceptMoved } = claim
  const where = `${at.stream}/${at.partition}`
  if (state === null) {
    // Data directories of earlier versions have no position in their changelogs; other engines are younger than it.
    if (taken === 0 || acceptMoved || log.traits.engine === "embedded") return taken
    throw new MovedError(
      `group ${group} is at offset ${taken} of ${where}, but ${changelog}/${at.partition} holds no state: it was deleted or emptied. Restore it from a backup; going on without it would forget every device`,
    )
  }
  if (taken === state.next) return taken
  const position = taken === 0 ? await log.take(group, at, state.next) : taken
  if (position === state.next || acceptMoved) return position
  // Our state was read after we took the partition. Who took it after us may have moved both in the meantime.
  const moved = taken === 0 ? position !== 0 : state.next > taken && (await log.take(group, at)) !== taken
  if (log.traits.shared && moved) throw new TakenOverError(group, at.stream, at.partition)
  throw new MovedError(
    `group ${group} is at offset ${position} of ${where}, but its state (${changelog}) is as of offset ${state.next}: somebody moved the group or replaced its state. Set the group back to ${state.next}, or restore the changelog that belongs to offset ${position}. Only if it was moved on purpose may it go on from there (ASSAY_ACCEPT_MOVED=true, for one start), and what lies between is then skipped or decided again`,
  )
}
