/** What lies on `submitted`, as the first stage reads it. */
import { recordsOf } from "@assay/cli/open-log"
import { toRawEntry } from "@assay/engine"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { fingerprint } from "../attempts.ts"

export interface Submitted {
  readonly offset: number
  readonly kind: "message" | "control" | "admission" | "tick" | "unreadable"
  /** The record's key, in hexadecimal. */
  readonly key: string
  /** As in the attempt log; null for what Assay itself appended. */
  readonly hash: string | null
}

/** By partition, in order. */
export const readSubmitted = async (log: Log): Promise<ReadonlyArray<ReadonlyArray<Submitted>>> => {
  const all: Array<ReadonlyArray<Submitted>> = []
  for (let partition = 0; partition < log.partitions; partition++) {
    const entries: Array<Submitted> = []
    for await (const record of recordsOf(log, STREAMS.submitted, partition)) {
      const raw = toRawEntry(record, true, log.epoch, partition, 0)
      const bytes =
        raw.kind === "message" ? raw.message.envelope.bytes : raw.kind === "unreadable" ? record.value : null
      entries.push({
        offset: record.offset,
        kind: raw.kind,
        key: Buffer.from(record.key).toString("hex"),
        hash: bytes === null ? null : fingerprint(record.key, bytes),
      })
    }
    all.push(entries)
  }
  return all
}
