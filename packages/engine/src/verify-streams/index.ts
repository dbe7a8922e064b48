/** Walks the decided and rejected streams of a partition against its audit events, which the log vouches for. */
import type { Log } from "@assay/log"
import { checkDecided, DECIDED_STREAMS } from "./decided.ts"
import { checkRejected } from "./rejected.ts"
import type { StreamReport } from "./report.ts"

export type { StreamFinding, StreamReport } from "./report.ts"

/**
 * Forged, doubled, changed and missing records, by stream, partition and offset. It takes the audit events as they are stored:
 * whether those are what was sealed is for `verifyDirectory` to say.
 * @returns one report for each stream
 */
export const verifyStreams = async (log: Log, partition: number): Promise<ReadonlyArray<StreamReport>> => {
  const reports: Array<StreamReport> = []
  for (const stream of DECIDED_STREAMS) reports.push(await checkDecided(log, stream, partition))
  reports.push(await checkRejected(log, partition))
  return reports
}
