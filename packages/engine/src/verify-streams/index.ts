/** Walks the decided and rejected streams of a partition against its audit events, which the log vouches for. */
import type { Log } from "@assay/log"
import { checkDecided, DECIDED_STREAMS } from "./decided.ts"
import { checkRejected } from "./rejected.ts"
import type { StreamReport } from "./report.ts"

export type { StreamFinding, StreamReport } from "./report.ts"

export interface VerifyStreamsOptions {
  /** The offset of audit.events before which every event is sealed (`Report.sealedTo`). All count as sealed where left out. */
  readonly sealedTo?: number
}

/**
 * Forged, doubled, changed and missing records, by stream, partition and offset. It takes the audit events as they are stored:
 * whether those are what was sealed is for `verifyDirectory` to say.
 * On a log that takes nothing away by itself (`traits.expires`) what is gone at the head of a stream is missing too.
 * @returns one report for each stream
 */
export const verifyStreams = async (
  log: Log,
  partition: number,
  { sealedTo = Number.MAX_SAFE_INTEGER }: VerifyStreamsOptions = {},
): Promise<ReadonlyArray<StreamReport>> => {
  const reports: Array<StreamReport> = []
  for (const stream of DECIDED_STREAMS) reports.push(await checkDecided(log, stream, partition, sealedTo))
  reports.push(await checkRejected(log, partition, sealedTo))
  return reports
}
