/** What a runner's failure asks for, by the error. */
import {
  AheadOfClockError,
  DataDirError,
  FencedError,
  ForbiddenError,
  type Log,
  LogSetupError,
  LostRecordsError,
  TakenOverError,
  UnavailableError,
} from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import { MovedError } from "../runner/moved-position.ts"
import { DamagedStateError } from "../state/restore.ts"

/**
 * - `taken-over`: another process may have the partition: go on only where the group confirms that it is ours.
 * - `unavailable`: the log does not answer: go on trying, for ever.
 * - `forbidden`: the log does not let us: go on trying, for ever; rights can be granted while we run, and a process that ended
 *   would be started only to end again.
 * - `lost`: records are gone before they were read, or those of the state are damaged: halt, never skip.
 * - `moved`: the group's position in this partition is not its state's: halt, and look again once in a while.
 * - `ahead`: the log's time is ahead of the clock: halt, and look again once in a while.
 * - `setup`: nothing but a person helps: the process ends.
 * - `broken`: go on from the last commit, a few times in a row; then halt, and try again once in a while.
 */
export type Fault = "taken-over" | "unavailable" | "forbidden" | "lost" | "moved" | "ahead" | "setup" | "broken"

/**
 * @param orphaned a runner of the same partition was abandoned before: what it had in hand may have been committed after all
 */
export const faultOf = (cause: unknown, log: Log, orphaned: boolean): Fault => {
  if (cause instanceof TakenOverError) return "taken-over"
  if (cause instanceof UnavailableError) return "unavailable"
  if (cause instanceof ForbiddenError) return "forbidden"
  if (cause instanceof LostRecordsError) return "lost"
  if (cause instanceof AheadOfClockError) return "ahead"
  // On a shared log such a partition would take one process after the other with it; the only one of a directory may end.
  if (cause instanceof DamagedStateError && log.traits.shared) return "lost"
  if (cause instanceof MovedError && log.traits.shared) return "moved"
  // Another process writes to the directory: restoring would only read what it writes.
  if (cause instanceof ConfigurationError || cause instanceof LogSetupError || cause instanceof DataDirError)
    return "setup"
  if (cause instanceof FencedError) {
    if (log.traits.shared) return "taken-over"
    // One process has the directory. Two owners within it would take turns fencing each other.
    return orphaned ? "broken" : "setup"
  }
  return "broken"
}
