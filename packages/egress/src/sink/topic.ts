/** A stream of the log itself, `siem.<format>.v1`: on Kafka a topic of plain JSON that any consumer reads. */
import type { Log, NewRecord } from "@assay/log"
import type { Encoded } from "../encode/encoder.ts"
import type { Sink } from "./sink.ts"

const LINE_END = 10

const withoutLineEnd = ({ bytes }: Encoded): Uint8Array => (bytes.at(-1) === LINE_END ? bytes.subarray(0, -1) : bytes)

/** Of a possible repeat. */
const REPEAT = { repeat: Buffer.from("possible") }

/** @param prefix of attributes; `ce_` by the Kafka binding of CloudEvents (section 3.2.4.1), whose media type has no prefix */
const headersOf = ({ attributes = {} }: Encoded, prefix: string): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name === "datacontenttype" ? "content-type" : `${prefix}${name}`,
      Buffer.from(value),
    ]),
  )

/**
 * The record's key is the decision's own, and its partition that of the decision: who keeps one record for each key has each once.
 * Where the position is the log's too, records and position are one commit, and nothing comes twice at all; else a record that may be
 * there already has the header `repeat`.
 */
export const topicSink = (log: Log, stream: string, prefix: string): Sink => {
  const recordsOf = (items: ReadonlyArray<Encoded>, more: Record<string, Buffer> = {}): ReadonlyArray<NewRecord> =>
    items.map((item) => ({
      key: Buffer.from(item.key),
      value: withoutLineEnd(item),
      headers: { ...headersOf(item, prefix), ...more },
    }))
  return {
    name: stream,
    open: async () => undefined,
    write: async (items, mayRepeat = false, at) => {
      if (at === undefined) throw new Error(`${stream}: the partition of the decisions is not said`)
      await log.append({ stream, partition: at.partition }, recordsOf(items, mayRepeat ? REPEAT : {}))
      return []
    },
    outputs: (items) => (items.length === 0 ? [] : [{ stream, records: recordsOf(items) }]),
    // `append` resolves when it is durable.
    flush: async () => undefined,
    // The log belongs to whoever opened it.
    close: async () => undefined,
  }
}
