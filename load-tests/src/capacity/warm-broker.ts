/**
 * A broker that has just started runs code that its JVM has not compiled yet: a commit costs it several times what it costs
 * later. A deployment is sized for a broker that has worked for hours, so it is given commits until they cost no less.
 */
import { randomBytes } from "node:crypto"
import { openKafka } from "@assay/log-kafka"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"
import type { BenchBroker } from "../bench/broker.ts"
import { startCounting, totalOf } from "../bench/cpu.ts"
import { makeTopics, settingsOf } from "../bench/target-kafka.ts"

const GROUP = "chained"
const PARTITIONS = 4
/** One window of commits; so many together are compared with as many before them. */
const WINDOW_S = 5
const WINDOWS = 3
/** Less than by this share a cost does not fall. */
const FALL = 0.1
const MOST_S = 150
const RECORD = { key: Buffer.from("warm"), value: Buffer.alloc(600, 7) }

export interface Warmed {
  readonly commits: number
  readonly seconds: number
  /** Microseconds of the broker's CPU for one, window after window. */
  readonly costs: ReadonlyArray<number>
  /** False where they still fell when time was over. */
  readonly steady: boolean
}

/** Whether the cost does not fall any more: single windows differ by a third of it. */
export const isSteady = (costs: ReadonlyArray<number>): boolean => {
  const sum = (from: number, to?: number): number => costs.slice(from, to).reduce((all, one) => all + one, 0)
  return costs.length >= 2 * WINDOWS && sum(-WINDOWS) >= (1 - FALL) * sum(-2 * WINDOWS, -WINDOWS)
}

/** Commits of one record to each of two streams, one after another in each partition, on a log of its own. */
export const warmBroker = async (broker: BenchBroker, progress: (line: string) => void): Promise<Warmed> => {
  const prefix = `warm-${randomBytes(4).toString("hex")}.`
  await makeTopics(broker.brokers, prefix, PARTITIONS)
  const log = await openKafka({ settings: settingsOf(broker.brokers, prefix), streams: ALL_STREAMS, roles: ROLES })
  const started = performance.now()
  const costs: Array<number> = []
  let commits = 0
  let over = false
  try {
    const input = STREAMS.submitted
    const working = Array.from({ length: PARTITIONS }, async (_, partition) => {
      let from = await log.take(GROUP, { stream: input, partition })
      while (!over) {
        const outputs = [STREAMS.verified, STREAMS.audit].map((stream) => ({ stream, records: [RECORD] }))
        await log.commit(partition, { group: GROUP, stream: input, from, next: from + 1, outputs })
        from++
        commits++
      }
    })
    const all = Promise.all(working)
    const watching = (async () => {
      while (!over) {
        const before = commits
        const cpu = startCounting(broker.processes)
        await new Promise((resolve) => setTimeout(resolve, WINDOW_S * 1_000))
        costs.push(totalOf(cpu()) / Math.max(1, commits - before))
        progress(
          `  a commit costs the broker ${(costs.at(-1)! / 1_000).toFixed(1)} ms (${commits - before} in ${WINDOW_S} s)`,
        )
        over = isSteady(costs) || performance.now() - started > MOST_S * 1_000
      }
    })()
    await Promise.race([all, watching])
    over = true
    await all
    await watching
  } finally {
    over = true
    await log.close()
  }
  await broker.forget([prefix])
  return { commits, seconds: (performance.now() - started) / 1_000, costs, steady: isSteady(costs) }
}
