/** A log whose commits fail as those of real engines do. */
import { type Commit, type Log, UnavailableError } from "@assay/log"

/**
 * - `passes`
 * - `refused`: nothing of it is there
 * - `unanswered`: all of it is there, and the caller never hears of it
 */
export type Fate = "passes" | "refused" | "unanswered"

/** @param fateOf asked at each commit */
export const failingCommits = (log: Log, fateOf: (commit: Commit) => Fate): Log => ({
  ...log,
  commit: async (partition, commit) => {
    const fate = fateOf(commit)
    if (fate === "refused") throw new UnavailableError("refused, says the test")
    const done = await log.commit(partition, commit)
    if (fate === "unanswered") throw new UnavailableError("no answer, says the test")
    return done
  },
})
