/** Position and record of a seal: what audit.checkpoints says was sealed, and how far audit.events is read, are one commit. */
import type { Log } from "@assay/log"
import { encodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Row } from "./log-row.ts"

export const SEALER_GROUP = "integrity-sealer"

/**
 * @param origin of the log
 * @param from the position that the group has
 * @throws what a commit does
 */
export const commitRow = async (
  log: Pick<Log, "commit">,
  partition: number,
  origin: string,
  { size, root, time, note, next }: Row,
  from: number,
): Promise<void> => {
  const value = encodeCheckpoint({ log: origin, size, root, time, note })
  const outputs = [{ stream: STREAMS.checkpoints, records: [{ key: Buffer.from(origin), value }] }]
  await log.commit(partition, { group: SEALER_GROUP, stream: STREAMS.audit, from, next, outputs })
}
