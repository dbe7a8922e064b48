/** A stream of the log itself, `siem.<format>.v1`: on Kafka a topic of plain JSON that any consumer reads. */
import type { Log } from "@assay/log"
import type { Encoded } from "../encode/encoder.ts"
import type { Sink } from "./sink.ts"

const headersOf = ({ attributes = {}, key }: Encoded): Record<string, Buffer> => ({
  key: Buffer.from(key),
  ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, Buffer.from(value)])),
})

const LINE_END = 10

const withoutLineEnd = ({ bytes }: Encoded): Uint8Array => (bytes.at(-1) === LINE_END ? bytes.subarray(0, -1) : bytes)

/**
 * The record's key is the decision's: one decision is always in one partition, and who compacts keeps each once.
 * @param partitionFor where a decision of that key goes
 */
export const topicSink = (name: string, log: Log, stream: string, partitionFor: (key: string) => number): Sink => ({
  name,
  open: async () => undefined,
  write: async (items) => {
    const shares = new Map<number, Array<Encoded>>()
    for (const item of items) {
      const partition = partitionFor(item.key)
      shares.set(partition, [...(shares.get(partition) ?? []), item])
    }
    await Promise.all(
      [...shares].map(([partition, share]) =>
        log.append(
          { stream, partition },
          share.map((item) => ({ key: Buffer.from(item.key), value: withoutLineEnd(item), headers: headersOf(item) })),
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
