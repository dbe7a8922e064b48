/** A stream of the log itself, `siem.<format>.v1`: on Kafka a topic of plain JSON that any consumer reads. */
import { type Log, partitionOf } from "@assay/log"
import type { Encoded } from "../encode/encoder.ts"
import type { Sink } from "./sink.ts"

const LINE_END = 10

const withoutLineEnd = ({ bytes }: Encoded): Uint8Array => (bytes.at(-1) === LINE_END ? bytes.subarray(0, -1) : bytes)

/** @param prefix of attributes; `ce_` by the Kafka binding of CloudEvents (section 3.2.4.1), whose media type has no prefix */
const headersOf = ({ attributes = {} }: Encoded, prefix: string): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name === "datacontenttype" ? "content-type" : `${prefix}${name}`,
      Buffer.from(value),
    ]),
  )

/**
 * The record's key is the decision's own: one decision is always in one partition, and who keeps one record for each key has each
 * once.
 */
export const topicSink = (log: Log, stream: string, prefix: string): Sink => ({
  name: stream,
  open: async () => undefined,
  write: async (items) => {
    const shares = Map.groupBy(items, ({ key }) => partitionOf(key, log.partitions))
    await Promise.all(
      [...shares].map(([partition, share]) =>
        log.append(
          { stream, partition },
          share.map((item) => ({
            key: Buffer.from(item.key),
            value: withoutLineEnd(item),
            headers: headersOf(item, prefix),
          })),
        ),
      ),
    )
    return []
  },
  // `append` resolves when it is durable.
  flush: async () => undefined,
  // The log belongs to whoever opened it.
  close: async () => undefined,
})
