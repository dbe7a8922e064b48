/** The log as the runners of a thread use it: what they write is guarded, and what they read is not ahead of the clock. */
import type { Log } from "@assay/log"
import { haltAhead } from "./halt-ahead.ts"
import { CLOCKS, type Clocks, guardTime } from "./time-guard.ts"

export interface JudgedClocks {
  /** What wall and monotonic clock of the process differ by (`TimeGuard.anchor`). */
  readonly anchor: number
  /** Whether a log that is ahead of the clock is gone on with. */
  readonly acceptAhead: boolean
}

/** What is wrong with the clock the guard of the main thread says. */
export const judgedLog = (log: Log, { anchor, acceptAhead }: JudgedClocks, clocks: Clocks = CLOCKS): Log => {
  const guarded = guardTime(log, { clocks, anchor, acceptAhead, onChange: () => undefined }).log
  return acceptAhead ? guarded : haltAhead(guarded, () => clocks.wall())
}
