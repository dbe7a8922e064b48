/**
 * One stream partition on its way to a sink. A step: read, encode, write, flush, keep the position. What a crash undoes of it
 * is done again from the position, so everything arrives at least once, and a repeat has the key of the first. Where the sink is the
 * log that is read, and keeps the position as well, both are one commit, and everything arrives once.
 */
import type { Checkpoint, Handler, Step } from "@assay/consumer"
import { type Log, type LogRecord, type Output, refuseLost, type StreamPartition, TakenOverError } from "@assay/log"
import type { Decided, Encoded, Encoder } from "./encode/encoder.ts"
import { decidedOf } from "./encode/read-decided.ts"
import { type Choice, select, type Wanted } from "./select/select.ts"
import type { Refused, Sink } from "./sink/sink.ts"
import type { ThreadShare } from "./thread-share.ts"
import type { DeadLetter, DeadLetters } from "./unexported-deadletter.ts"

/** Of one step: all that is in hand of a stream partition at any time. */
const MAX_RECORDS = 512
const MAX_BYTES = 1 << 20
/** Encoded in one go, in about a millisecond. */
const CHUNK = 32

/** What one step came to. */
export interface Exported {
  /** Decisions that the sink has, by themselves or in a summary. */
  readonly items: number
  /** Of the items that were exported. */
  readonly bytes: number
  readonly deadLetters: number
  /** Those of the dead letters that the sink refused. */
  readonly refused: number
  /** Not asked for, or left out by a sample. */
  readonly passedBy: number
  /** Said in summaries alone. */
  readonly summarised: number
}

/** One item on its way, and the place of the first record that it is about. */
interface Outgoing {
  readonly offset: number
  readonly item: Encoded
}

export interface FeedOptions {
  readonly log: Log
  readonly at: StreamPartition
  readonly encoder: Encoder
  readonly wanted: Wanted
  readonly sink: Sink
  readonly checkpoint: Checkpoint
  readonly deadLetters: DeadLetters
  readonly share: ThreadShare
  /** Where to begin where no position is kept. */
  readonly begin: (at: StreamPartition) => Promise<number>
  /** Whether the partition still is this process's share. */
  readonly confirm: () => Promise<boolean>
  readonly onExported: (done: Exported) => void
  /** So many records of a step are no decision: somebody else may write there. */
  readonly onUnreadable: (at: StreamPartition, count: number) => void
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
    // At a start and after a failure: what was in hand then may have come through.
    const mayRepeat = this.#kept === null
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
    const next = last.offset + 1
    const dead: Array<DeadLetter> = []
    const { items, passedBy, summarised, unreadable } = await this.#choose(records, dead)
    const outputs = this.#outputsOf(items)
    const refused = outputs === null ? await this.#write(items, mayRepeat) : []
    for (const { item, reason } of refused) {
      const { offset } = items.find((one) => one.item === item)!
      dead.push({ place: { ...at, offset }, key: item.key, reason, bytes: item.bytes })
    }
    if (dead.length > 0) await this.#options.deadLetters.put(dead)
    if (outputs === null) await this.#save(next, (checkpoint) => checkpoint.save(at, from, next))
    else await this.#save(next, (checkpoint) => checkpoint.commit!(at, from, next, outputs))
    if (unreadable > 0) this.#options.onUnreadable(at, unreadable)
    const refusals = new Set(refused.map(({ item }) => item))
    const delivered = items.filter(({ item }) => !refusals.has(item))
    this.#options.onExported({
      items: delivered.reduce((sum, { item }) => sum + (item.count ?? 1), 0),
      bytes: delivered.reduce((sum, { item }) => sum + item.bytes.length, 0),
      deadLetters: dead.length,
      refused: refused.length,
      passedBy,
      summarised,
    })
    return { handled: records.length, atEnd: false }
  }

  /** What goes out of these records. @param dead gets what cannot be read or said */
  async #choose(records: ReadonlyArray<LogRecord>, dead: Array<DeadLetter>) {
    const { encoder, wanted } = this.#options
    const decided = await this.#inTurns(records, (record) => this.#read(record, dead))
    const unreadable = dead.length
    const { choices, filtered, sampled, summarised } = select(
      decided,
      wanted,
      encoder.takes,
      encoder.summarise !== undefined,
    )
    const items = await this.#inTurns(choices, (choice) => this.#encode(choice, records, dead))
    return { items, passedBy: filtered + sampled, summarised, unreadable }
  }

  /** Null where the sink is not the log that keeps the position. */
  #outputsOf(items: ReadonlyArray<Outgoing>): ReadonlyArray<Output> | null {
    const { sink, checkpoint } = this.#options
    if (sink.outputs === undefined || checkpoint.commit === undefined) return null
    return sink.outputs(items.map(({ item }) => item))
  }

  /** @param mayRepeat it is not known whether the sink has some of them already */
  async #write(items: ReadonlyArray<Outgoing>, mayRepeat: boolean): Promise<ReadonlyArray<Refused>> {
    if (items.length === 0) return []
    const { sink, at } = this.#options
    const refused = await sink.write(
      items.map(({ item }) => item),
      mayRepeat,
      at,
    )
    await sink.flush()
    return refused
  }

  /** What else this thread does must not wait for a whole batch: in a node it judges. Leaves out where `work` gives null. */
  async #inTurns<From, To>(all: ReadonlyArray<From>, work: (one: From) => To | null): Promise<ReadonlyArray<To>> {
    const done: Array<To> = []
    for (let from = 0; from < all.length; from += CHUNK) {
      await this.#options.share.take(() => {
        for (const one of all.slice(from, from + CHUNK)) {
          const result = work(one)
          if (result !== null) done.push(result)
        }
      })
    }
    return done
  }

  #read({ offset, value }: LogRecord, dead: Array<DeadLetter>): Decided | null {
    const place = { ...this.#options.at, offset }
    try {
      return decidedOf(place, value)
    } catch (cause) {
      dead.push({ place, key: null, reason: (cause as Error).message, bytes: value })
      return null
    }
  }

  #encode(choice: Choice, records: ReadonlyArray<LogRecord>, dead: Array<DeadLetter>): Outgoing | null {
    const { encoder } = this.#options
    const { place } = choice.kind === "one" ? choice.decided : choice.storm.first
    try {
      const item = choice.kind === "one" ? encoder.encode(choice.decided) : encoder.summarise!(choice.storm)
      return { offset: place.offset, item }
    } catch (cause) {
      const { value } = records.find(({ offset }) => offset === place.offset)!
      dead.push({ place, key: null, reason: (cause as Error).message, bytes: value })
      return null
    }
  }

  async #save(next: number, write: (checkpoint: Checkpoint) => Promise<void>): Promise<void> {
    try {
      await write(this.#options.checkpoint)
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
