/**
 * A log that is given up with the first write which is refused because another process has the data directory, or because the
 * log was ended. Whoever wrote (ticks, ingress, an operator's command, a runner, the sealer, a sink), from then on nobody
 * writes, and every part gets the same error.
 */
import { DataDirError, type Log, LogEndedError } from "@assay/log"

/** What gives a log up. */
export type Loss = DataDirError | LogEndedError

export const isLoss = (cause: unknown): cause is Loss => cause instanceof DataDirError || cause instanceof LogEndedError

export interface GuardedLog {
  readonly log: Log
  /** What gave the log up, or null. */
  readonly lost: () => Loss | null
  /** Rejects with what gave the log up; never resolves. */
  readonly ended: Promise<never>
  /** Another thread that writes has met it. */
  readonly giveUp: (cause: Loss) => void
}

/** @param onLost called once, before the call that met it rejects */
export const guardLog = (log: Log, onLost: (cause: Loss) => void): GuardedLog => {
  const outcome = Promise.withResolvers<never>()
  outcome.promise.catch(() => undefined) // before somebody awaits it, it must not count as unhandled
  let lost: Loss | null = null
  const giveUp = (cause: Loss): void => {
    if (lost !== null) return
    lost = cause
    onLost(cause)
    outcome.reject(cause)
  }
  const failed = (cause: unknown): never => {
    if (!isLoss(cause)) throw cause
    giveUp(cause)
    throw lost
  }
  const guarded = <Result>(write: () => Promise<Result>): Promise<Result> =>
    lost === null ? write().catch(failed) : Promise.reject(lost)
  return {
    log: {
      ...log,
      append: (at, records) => guarded(() => log.append(at, records)),
      take: (group, at, known) => guarded(() => log.take(group, at, known)),
      commit: (partition, commit) => guarded(() => log.commit(partition, commit)),
      cells: {
        get: (partition, name) => log.cells.get(partition, name),
        swap: (partition, name, expected, value) => guarded(() => log.cells.swap(partition, name, expected, value)),
      },
    },
    lost: () => lost,
    ended: outcome.promise,
    giveUp,
  }
}
