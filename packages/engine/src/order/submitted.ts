/** The raw message at an offset of `submitted`: what a proof needs of an earlier message. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { toRawEntry } from "./entries.ts"

/** @returns a function from partition and offset to `envelope.bytes`, or null where that is no message or not kept */
export const submittedReader =
  (log: Log) =>
  async (partition: number, offset: number): Promise<Uint8Array | null> => {
    const [record] = await log.read({ stream: STREAMS.submitted, partition }, offset, 1, 1)
    if (record?.offset !== offset) return null
    const entry = toRawEntry(record, true, log.epoch, partition, 0)
    return entry.kind === "message" ? entry.message.envelope.bytes : null
  }
