/** How many audit events the sealer has not sealed yet. */
import { SEALER_GROUP } from "@assay/integrity-hasher/sealer"
import { type Log, lagOf } from "@assay/log"
import { STREAMS } from "@assay/streams"

export const unsealedIn = async (log: Log): Promise<number> => {
  const each = Array.from({ length: log.partitions }, (_, partition) =>
    lagOf(log, SEALER_GROUP, { stream: STREAMS.audit, partition }),
  )
  return (await Promise.all(each)).reduce((sum, lag) => sum + lag, 0)
}
