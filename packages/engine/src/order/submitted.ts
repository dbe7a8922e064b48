/** The raw message at an origin: what a proof needs of an earlier message. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Origin } from "@assay/trust"
import { toRawEntry } from "./entries.ts"

/** @returns `envelope.bytes`, or null where there is no message, or it is not kept any more. @throws what `log.read` does */
export const readSubmitted = async (log: Log, { epoch, partition, offset }: Origin): Promise<Uint8Array | null> => {
  if (epoch !== log.epoch) return null
  const [record] = await log.read({ stream: STREAMS.submitted, partition }, offset, 1, 1)
  if (record?.offset !== offset) return null
  const entry = toRawEntry(record, true, log.epoch, partition, 0)
  return entry.kind === "message" ? entry.message.envelope.bytes : null
}
