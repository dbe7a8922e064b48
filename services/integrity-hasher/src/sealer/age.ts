/** How old the oldest audit event is that is not sealed, as the log tells it. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { SEALER_GROUP } from "./sealer.ts"

/** @param next the first event that is not sealed. @returns milliseconds; 0 where all are */
export const unsealedAge = async (log: Log, partition: number, next: number, now: number): Promise<number> => {
  const [oldest] = await log.read({ stream: STREAMS.audit, partition }, next, 1, 1)
  return oldest === undefined ? 0 : Math.max(0, now - oldest.time)
}

/** What some sealer has committed. It may have sealed a little more, which it finds out when it resumes. */
export const sealedUpTo = (log: Log, partition: number): Promise<number> =>
  log.position(SEALER_GROUP, { stream: STREAMS.audit, partition })
