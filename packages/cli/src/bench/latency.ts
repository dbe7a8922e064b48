/** How long a message waits for its decision, from an open loop. */
import type { Log } from "@assay/log"
import type { OpenNode } from "@assay/node"
import { STREAMS } from "@assay/streams"
import type { Histogram } from "hdr-histogram-js"
import type { Packed } from "./packed.ts"
import { type PipelineOptions, pause, warmUp, withNode } from "./pipeline.ts"

export interface LatencyResult {
  readonly offeredPerSecond: number
  readonly messages: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** The group of the chained topology, whose position on `submitted` says how far decisions are durable. */
const GROUP = "chained"
/** How often positions are read: latencies are this much too long at most. */
const LOOK_MS = 1
const SEND_MS = 2

/** When each message of a partition was to be sent, by its offset. */
type Due = Map<number, number>

/**
 * Chained. Each message has the time at which it SHOULD be sent, and its latency counts from there to when a reader of the log can
 * see its decision, so a stall of ours is not hidden by sending less (coordinated omission).
 * @param histogram takes microseconds
 */
export const measureLatency = (
  options: Omit<PipelineOptions, "topology">,
  perSecond: number,
  histogram: Histogram,
): Promise<LatencyResult> =>
  withNode({ ...options, topology: "chained" }, async (opened, fleet) => {
    await warmUp(opened, fleet, options)
    const messages = await fleet.next(options.messages)
    options.progress(`latency at ${Math.round(perSecond)}/s ...`)
    await sendAndLook(opened, messages, perSecond, histogram)
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1000
    return {
      offeredPerSecond: perSecond,
      messages: messages.count,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max: histogram.maxValue / 1000,
    }
  })

const sendAndLook = async (
  { log }: OpenNode,
  messages: Packed,
  perSecond: number,
  histogram: Histogram,
): Promise<void> => {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition)
  const due = partitions.map((): Due => new Map())
  let left = messages.count
  const look = async (): Promise<void> => {
    for (const partition of partitions) {
      const position = await positionOf(log, partition)
      const now = performance.now()
      const waiting = due[partition]!
      // Where the decision was there before the append was answered, the next look after that finds it.
      for (const [offset, at] of waiting) {
        if (offset >= position) break
        histogram.recordValue(Math.max(1, Math.round((now - at) * 1000)))
        waiting.delete(offset)
        left--
      }
    }
  }
  const looking = (async () => {
    for (; left > 0; await pause(LOOK_MS)) await look()
  })()
  const started = performance.now()
  const atOf = (n: number): number => started + (n * 1000) / perSecond
  const appends: Array<Promise<void>> = []
  for (let sent = 0; sent < messages.count; await pause(SEND_MS)) {
    const now = performance.now()
    const from = sent
    while (sent < messages.count && atOf(sent) <= now) sent++
    if (sent > from) appends.push(submit(log, messages, from, sent, atOf, due))
  }
  await Promise.all(appends)
  await looking
}

const positionOf = (log: Log, partition: number): Promise<number> =>
  log.position(GROUP, { stream: STREAMS.submitted, partition })

/** Appends messages `[from, to)` and notes when they were due. */
const submit = async (
  log: Log,
  messages: Packed,
  from: number,
  to: number,
  atOf: (n: number) => number,
  due: ReadonlyArray<Due>,
): Promise<void> => {
  await Promise.all(
    due.map(async (waiting, partition) => {
      const { numbers, records } = messages.of(partition, from, to)
      if (numbers.length === 0) return
      const { offset } = await log.append({ stream: STREAMS.submitted, partition }, records)
      numbers.forEach((n, nth) => void waiting.set(offset + nth, atOf(n)))
    }),
  )
}
