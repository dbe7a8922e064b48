/** How far the audit stream of a partition is sealed, and how old the oldest event is that is not, as the log tells it. */
import { ageOf } from "@assay/consumer"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { SEALER_GROUP } from "./commit-row.ts"

/** What some sealer has committed. It may have sealed a little more, which it finds out when it resumes. */
export const sealedUpTo = (log: Log, partition: number): Promise<number> =>
  log.position(SEALER_GROUP, { stream: STREAMS.audit, partition })

/** Of what no sealer has committed. @returns milliseconds; 0 where all is sealed */
export const unsealedAge = async (log: Log, partition: number, now: number): Promise<number> =>
  ageOf(log, { stream: STREAMS.audit, partition }, await sealedUpTo(log, partition), now)
