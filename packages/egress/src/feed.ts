/**
 * One stream partition on its way to a sink. A step: read, encode, write, flush, keep the position. What a crash undoes of it
 * is done again from the position, so everything arrives at least once, and a repeat has the key of the first.
 */
import type { Checkpoint, Handler, Step } from "@assay/consumer"
import { type Log, type LogRecord, refuseLost, type StreamPartition, TakenOverError } from "@assay/log"
import type { Encoded, Encoder } from "./encode/encoder.ts"
import { decidedOf } from "./encode/read-decided.ts"
import type { Sink } from "./sink/sink.ts"
import type { ThreadShare } from "./thread-share.ts"
import type { DeadLetter, DeadLetters } from "./unexported-deadletter.ts"

/** Of one step: all that is in hand of a stream partition at any time. */
const MAX_RECORDS = 512
const MAX_BYTES = 1 << 20
/** Encoded in one go, in about a millisecond. */
const CHUNK = 32

/** What one step came to. */
export interface Exported {
  readonly items: number
  /** Of the items that were exported. */
  readonly bytes: number
  readonly deadLetters: number
  /** Those of the dead letters that the sink refused. */
  readonly refused: number
}

export interface FeedOptions {
  readonly log: Log
  readonly at: StreamPartition
  readonly encoder: Encoder
  readonly sink: Sink
  readonly checkpoint: Checkpoint
  readonly deadLetters: DeadLetters
  readonly share: ThreadShare
  /** Where to begin where no position is kept. */
  readonly begin: (at: StreamPartition) => Promise<number>
  /** Whether the partition still is this process's share. */
  readonly confirm: () => Promise<boolean>
  readonly onExported: (done: Exported) => void
}

export class Feed implements Handler {
  readonly #options: FeedOptions
  /** Null where somebody else may have moved the position. */
  #kept: number | null = null
  #next = 0
  #isTaken = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get next(): number {
    return this.#next
  }

  async step(): Promise<Step> {
    const { log, at } = this.#options
    if (this.#isTaken && !(await this.#options.confirm()))
      throw new Error("another process of the group has this partition")
    this.#isTaken = false
    const from = this.#kept ?? (await this.#resume())
    this.#kept = null
    const records = await log.read(at, this.#next, MAX_RECORDS, MAX_BYTES)
    // A gap is nothing, unless records were removed before they were read; and so is an end, unless it lies before them.
    if (records[0]?.offset !== this.#next) await refuseLost(log, at, this.#next)
    const last = records.at(-1)
    if (last === undefined) {
      this.#kept = from
      return { handled: 0, atEnd: true }
    }
    await this.#deliver(records)
    await this.#save(from, last.offset + 1)
    return { handled: records.length, atEnd: false }
  }

  async #deliver(records: ReadonlyArray<LogRecord>): Promise<void> {
    const { sink, deadLetters, onExported } = this.#options
    const { items, dead } = await this.#encode(records)
    const refusals = new Set<Encoded>()
    if (items.length > 0) {
      const refused = await sink.write(items.map(({ item }) => item))
      await sink.flush()
      for (const { item, reason } of refused) {
        const { offset } = items.find((one) => one.item === item)!
        refusals.add(item)
        dead.push({ place: { ...this.#options.at, offset }, key: item.key, reason, bytes: item.bytes })
      }
    }
    if (dead.length > 0) await deadLetters.put(dead)
    const bytes = items.reduce((sum, { item }) => sum + (refusals.has(item) ? 0 : item.bytes.length), 0)
    onExported({ items: records.length - dead.length, bytes, deadLetters: dead.length, refused: refusals.size })
  }

  async #encode(records: ReadonlyArray<LogRecord>) {
    const items: Array<{ readonly offset: number; readonly item: Encoded }> = []
    const dead: Array<DeadLetter> = []
    for (let from = 0; from < records.length; from += CHUNK) {
      const chunk = records.slice(from, from + CHUNK)
      // What else this thread does must not wait for the whole batch: in a node it judges.
      await this.#options.share.take(() => this.#encodeChunk(chunk, items, dead))
    }
    return { items, dead }
  }

  #encodeChunk(
    records: ReadonlyArray<LogRecord>,
    items: Array<{ readonly offset: number; readonly item: Encoded }>,
    dead: Array<DeadLetter>,
  ): void {
    const { encoder, at } = this.#options
    for (const { offset, value } of records) {
      const place = { stream: at.stream, partition: at.partition, offset }
      try {
        items.push({ offset, item: encoder.encode(decidedOf(place, value)) })
      } catch (cause) {
        dead.push({ place, key: null, reason: (cause as Error).message, bytes: value })
      }
    }
  }

  async #save(from: number, next: number): Promise<void> {
    const { checkpoint, at } = this.#options
    try {
      await checkpoint.save(at, from, next)
    } catch (cause) {
      // Two who believe that it is theirs would take it from each other for ever.
      this.#isTaken = cause instanceof TakenOverError
      throw cause
    }
    this.#kept = next
    this.#next = next
  }

  /** @returns the position as the checkpoint expects it at the next `save` */
  async #resume(): Promise<number> {
    const { checkpoint, at, begin } = this.#options
    const kept = await checkpoint.load(at)
    this.#next = kept ?? (await begin(at))
    return kept ?? 0
  }
}
