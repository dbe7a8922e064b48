/**
 * A log that is given up with the first write which is refused because another process has the data directory. Whoever wrote
 * (ticks, ingress, an operator's command, a runner, the sealer, a sink), from then on nobody writes, and every part gets
 * the same error.
 */
import { DataDirError, type Log } from "@assay/log"

export interface GuardedLog {
  readonly log: Log
  /** What gave the log up, or null. */
  readonly lost: () => DataDirError | null
  /** Rejects with what gave the log up; never resolves. */
  readonly ended: Promise<never>
  /** Another thread that writes has met it. */
  readonly giveUp: (cause: DataDirError) => void
}

/** @param onLost called once, before the call that met it rejects */
export const guardLog = (log: Log, onLost: (cause: DataDirError) => void): GuardedLog => {
  const outcome = Promise.withResolvers<never>()
  outcome.promise.catch(() => undefined) // before somebody awaits it, it must not count as unhandled
  let lost: DataDirError | null = null
  const giveUp = (cause: DataDirError): void => {
    if (lost !== null) return
    lost = cause
    onLost(cause)
    outcome.reject(cause)
  }
  const failed = (cause: unknown): never => {
    if (!(cause instanceof DataDirError)) throw cause
    giveUp(cause)
    throw lost
  }
  const guarded = <Result>(write: () => Promise<Result>): Promise<Result> =>
    lost === null ? write().catch(failed) : Promise.reject(lost)
  return {
    log: {
      ...log,
      append: (at, records) => guarded(() => log.append(at, records)),
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
