/** One process of the floor: a hop without work, for all partitions. Its first argument says what to do, messages say when. */

import { BATCH_BYTES, batchRecordsOf } from "@assay/engine"
import type { Log, LogRecord } from "@assay/log"
import { openKafka } from "@assay/log-kafka"
import { ALL_STREAMS, ROLES } from "@assay/streams"
import { settingsOf } from "../target-kafka.ts"
import { type KeyValue, readSome } from "../window.ts"
import { type FloorOutput, type FloorTask, Portion } from "./plan.ts"

/** Parent to worker: go on until so many records of the input are through, all partitions together. */
export interface Until {
  readonly until: number
}
/** Worker to parent: first when it is ready, then each time it got there. */
export interface Through {
  readonly through: number
}

const SAMPLE = 4_096
/** As the runner: so many batches are read ahead. */
const READ_AHEAD = 2

const task = JSON.parse(process.argv[2]!) as FloorTask
const log = await openKafka({
  settings: { ...settingsOf(task.brokers, task.prefix), zstd: task.zstd },
  streams: ALL_STREAMS,
  roles: ROLES,
})

/** Real records, over and over. */
class Source {
  readonly stream: string
  readonly #records: ReadonlyArray<KeyValue>
  readonly #portion: Portion
  #at = 0

  constructor({ stream, ratio }: FloorOutput, records: ReadonlyArray<KeyValue>) {
    this.stream = stream
    this.#records = records
    this.#portion = new Portion(records.length === 0 ? 0 : ratio)
  }

  next(read: number): Array<KeyValue> {
    return Array.from({ length: this.#portion.of(read) }, () => this.#records[this.#at++ % this.#records.length]!)
  }
}

const sources = async (partition: number): Promise<ReadonlyArray<Source>> => {
  const real: Log = await openKafka({
    settings: settingsOf(task.brokers, task.samples),
    streams: ALL_STREAMS,
    roles: ROLES,
  })
  try {
    const found: Array<Source> = []
    for (const output of task.hop.outputs) {
      const at = { stream: output.stream, partition }
      found.push(new Source(output, await readSome(real, at, output.from[partition]!, SAMPLE)))
    }
    return found
  } finally {
    await real.close()
  }
}

let through = 0
let until = 0
/** It runs until its parent has had enough. */
const endless = new AbortController().signal

const tell = (message: Through): void => {
  process.send!(message)
}

const run = async (partition: number, own: ReadonlyArray<Source>): Promise<void> => {
  const { group, input } = task.hop
  const at = { stream: input, partition }
  const batchRecords = task.batchRecords ?? batchRecordsOf(log.traits)
  let position = await log.take(group, at)
  let readFrom = position
  const ahead: Array<ReadonlyArray<LogRecord>> = []
  for (;;) {
    while (ahead.length < READ_AHEAD) {
      const records = await log.read(at, readFrom, batchRecords, BATCH_BYTES)
      if (records.length === 0) break
      ahead.push(records)
      readFrom = records.at(-1)!.offset + 1
    }
    const batch = ahead.shift()
    if (batch === undefined) {
      await log.waitFor(at, readFrom, endless)
      continue
    }
    const next = batch.at(-1)!.offset + 1
    const outputs = own.map((source) => ({ stream: source.stream, records: source.next(batch.length) }))
    await log.commit(partition, { group, stream: input, from: position, next, outputs })
    position = next
    through += batch.length
    if (through >= until && until > 0) {
      until = 0
      tell({ through })
    }
  }
}

process.on("message", (message: Until) => {
  until = message.until
  if (through < until) return
  until = 0
  tell({ through })
})
process.on("disconnect", () => process.exit(0)) // nobody is left to measure for

const all = await Promise.all(Array.from({ length: log.partitions }, (_, partition) => sources(partition)))
tell({ through })
await Promise.all(all.map((own, partition) => run(partition, own)))
