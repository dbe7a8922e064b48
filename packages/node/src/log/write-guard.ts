/**
 * Notices that the log takes nothing: a full disk, or one that fails. Whoever appends hears it at its call; this keeps it for
 * /readyz, metrics and the log lines, until something goes through again. Ticks try once a second.
 */
import { type Log, StorageError } from "@assay/log"

export interface WriteGuard {
  readonly log: Log
  /** Why nothing is taken now, and since when, for people; null where all is well. */
  readonly alarm: () => string | null
  /** The partitions that take nothing. */
  readonly refusing: () => ReadonlySet<number>
}

export interface WriteGuardOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Called when it begins (with the reason) and when every partition takes something again (with null). */
  readonly onChange: (alarm: string | null) => void
}

export const guardWrites = (log: Log, { now, onChange }: WriteGuardOptions): WriteGuard => {
  const refusing = new Map<number, { readonly since: string; readonly why: string }>()
  const alarm = (): string | null => {
    const [first] = refusing
    if (first === undefined) return null
    const [partition, { since, why }] = first
    return `the log takes nothing since ${since} (partition ${partition}${refusing.size === 1 ? "" : ` and ${refusing.size - 1} more`}): ${why}`
  }
  return {
    alarm,
    refusing: () => new Set(refusing.keys()),
    log: {
      ...log,
      append: async (at, records) => {
        try {
          const appended = await log.append(at, records)
          if (refusing.delete(at.partition) && refusing.size === 0) onChange(null)
          return appended
        } catch (cause) {
          if (cause instanceof StorageError && !refusing.has(at.partition)) {
            refusing.set(at.partition, { since: new Date(now()).toISOString(), why: cause.message })
            if (refusing.size === 1) onChange(alarm())
          }
          throw cause
        }
      },
    },
  }
}
