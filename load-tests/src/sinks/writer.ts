/** Writes decisions to an embedded log at a steady rate, as a node does, for a sink that reads beside it. */
import { setTimeout as delay } from "node:timers/promises"
import type { Log } from "@assay/log"
import { encodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"

/** Of every log that is written here. */
export const PARTITIONS = 4
const STEP_MS = 50

const decisionAt = (partition: number, offset: number): Uint8Array =>
  encodeAssayed({
    ...message,
    origin: { epoch: 1, partition, offset },
    decision: { ...message.decision!, outcome: "quarantined", reasons: ["identity.clone_evidence"] },
  })

export interface Writer {
  /** How many are durable. */
  written(): number
  /** Writes on, so many a second, until `stop` or until there are so many. */
  run(perSecond: number, until: () => boolean): Promise<void>
  /** The idempotency keys of all. */
  keys(): ReadonlySet<string>
}

/** Goes on behind what is there. */
export const startWriter = async (log: Log): Promise<Writer> => {
  const ends = Array.from({ length: log.partitions }, (_, partition) =>
    log.bounds({ stream: STREAMS.quarantined, partition }),
  )
  const counts = (await Promise.all(ends)).map(({ end }) => end)
  const written = (): number => counts.reduce((sum, count) => sum + count, 0)
  const write = async (count: number): Promise<void> => {
    const shares = counts.map((_, partition) => Math.ceil((count - partition) / log.partitions))
    await Promise.all(
      shares.map(async (share, partition) => {
        if (share <= 0) return
        const from = counts[partition]!
        const records = Array.from({ length: share }, (_, nth) => ({
          key: Buffer.alloc(0),
          value: decisionAt(partition, from + nth),
        }))
        await log.append({ stream: STREAMS.quarantined, partition }, records)
        counts[partition] = from + share
      }),
    )
  }
  return {
    written,
    run: async (perSecond, until) => {
      const [from, begun] = [performance.now(), written()]
      while (!until()) {
        const due = Math.floor(((performance.now() - from) / 1_000) * perSecond) - (written() - begun)
        if (due > 0) await write(due)
        await delay(STEP_MS)
      }
    },
    keys: () =>
      new Set(
        counts.flatMap((count, partition) => Array.from({ length: count }, (_, offset) => `1/${partition}/${offset}`)),
      ),
  }
}
