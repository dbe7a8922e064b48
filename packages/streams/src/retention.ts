/** How long a stream is kept, by its kind, and why. */
import type { StreamKind } from "./specs.ts"

const DAY = 24 * 3_600_000

/** Milliseconds; -1 for ever. */
export interface Retention {
  /** The replay horizon: how far back `assay replay`, and a proof by an earlier message, can reach. */
  readonly submitted: number
  /** Entries between two stages: how long a stage may stand still before unread entries are lost (it then halts). */
  readonly stages: number
  /** Decided messages; a quarantined one can be released as long as it is kept. */
  readonly outputs: number
  /** What was rejected or is none of ours: strangers write it, so it is kept only long enough to be looked at. */
  readonly rejected: number
}

/**
 * A week covers the longest absence of an operator that a fleet should survive, and costs seven days of raw messages. Stages
 * get three days, so that one which stops on a Friday night loses nothing by Monday; a month of decided messages is what
 * most sinks and investigations ask for.
 */
export const RETENTION: Retention = { submitted: 7 * DAY, stages: 3 * DAY, outputs: 30 * DAY, rejected: 7 * DAY }

/** Milliseconds; -1 for ever, as evidence always is; null for a table, of which the last value of each key is kept. */
export const retentionOf = (kind: StreamKind, retention: Retention): number | null => {
  if (kind === "table") return null
  if (kind === "submitted") return retention.submitted
  if (kind === "stage") return retention.stages
  if (kind === "output") return retention.outputs
  return kind === "rejected" ? retention.rejected : -1
}
