/** How many audit events the sealer has not sealed yet. */
import { SEALER_GROUP } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { lagOfAll } from "@assay/node"
import { STREAMS } from "@assay/streams"

export const unsealedIn = (log: Log): Promise<number> => lagOfAll(log, SEALER_GROUP, STREAMS.audit)
