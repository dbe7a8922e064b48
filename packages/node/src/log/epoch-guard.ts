/**
 * Keeps a process from working on a log that was ended while it ran, or slept. Whoever ends a log writes a cell, and waits; so
 * - nobody is answered that a message was taken unless the cell was seen, after the append, no longer than `ENDED_UNSEEN_MS` ago to
 *   say nothing: then the message is there before the next epoch takes over what nobody has judged;
 * - who takes a partition looks behind that: the end of the log takes it once more, so that one of the two sees the other.
 * An embedded log has one process, so it is left as it is.
 */
import { ENDED_UNSEEN_MS, refuseEnded } from "@assay/engine"
import { type Log, LogEndedError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { CLOCKS } from "./time-guard.ts"

/** @param steady milliseconds that go on also while the process, or the machine, sleeps */
export const guardEpoch = (log: Log, steady: () => number = CLOCKS.steady): Log => {
  if (!log.traits.shared) return log
  /** When the last look began that found the log going on. */
  let seen = Number.NEGATIVE_INFINITY
  let ended: LogEndedError | null = null
  let looking: Promise<void> | null = null

  const look = async (): Promise<void> => {
    const began = steady()
    try {
      await refuseEnded(log)
      seen = began
    } catch (cause) {
      if (cause instanceof LogEndedError) ended = cause
      throw cause
    } finally {
      looking = null
    }
  }
  const together = (): Promise<void> => {
    looking ??= look()
    return looking
  }
  /** Appends wait for a look only where none was made for so long; while they go on, one is made beside them in time. */
  const refuse = async (): Promise<void> => {
    for (;;) {
      if (ended !== null) throw ended
      const age = steady() - seen
      // What it meets is met again by the look that is waited for.
      if (age > ENDED_UNSEEN_MS / 2 && age <= ENDED_UNSEEN_MS) together().catch(() => undefined)
      if (age <= ENDED_UNSEEN_MS) return
      await together()
    }
  }
  return {
    ...log,
    append: async (at, records) => {
      if (at.stream !== STREAMS.submitted) return log.append(at, records)
      await refuse()
      const appended = await log.append(at, records)
      await refuse()
      return appended
    },
    take: async (group, at, known) => {
      const position = await log.take(group, at, known)
      await look()
      return position
    },
  }
}
