/**
 * One partition of a decided stream on its way to rows of readings. A step: read, make rows, and commit rows and position as
 * one, so that after a crash, or beside a second process, every reading has its row exactly once.
 */
import type { Handler, Step } from "@assay/consumer"
import { type Log, type LogRecord, type NewRecord, refuseLost, type StreamPartition, TakenOverError } from "@assay/log"
import { decodeAssayed, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AssayedMessage } from "@assay/trust"
import type { ThreadShare } from "../thread-share.ts"
import { ROW_ENCODERS, type RowFormat } from "./format.ts"
import { knownPosition, READINGS_GROUP } from "./known-position.ts"
import { Quality } from "./quality.ts"
import { readingRows } from "./rows.ts"

/** Of one step. Rows repeat what a pack says once, so they may be several times as large as what they are made of. */
const MAX_RECORDS = 512
const MAX_BYTES = 1 << 20
const MAX_ROW_BYTES = 4 << 20
/** Made in one go, in about a millisecond. */
const CHUNK = 32

/** Which outcomes get rows; what is held gets none, and is counted all the same. */
export type ReadingsWanted = "verified" | "all"

export interface ReadingsDone {
  readonly messages: number
  readonly rows: number
  readonly bytes: number
  /** Records that are no decided message: passed over, and each reported. */
  readonly unreadable: number
  readonly quality: Quality
}

export interface ReadingsFeedOptions {
  readonly log: Log
  /** Of `telemetry.verified`, `annotated` or `quarantined`. */
  readonly at: StreamPartition
  readonly wanted: ReadingsWanted
  readonly format: RowFormat
  readonly share: ThreadShare
  /** Whether the partition still is this process's share. */
  readonly confirm: () => Promise<boolean>
  readonly onDone: (done: ReadingsDone) => void
  readonly onUnreadable: (at: StreamPartition, offset: number, cause: unknown) => void
}

/** Where the rows of a decided stream go; null: nowhere. */
const streamOf = ({ stream }: StreamPartition, wanted: ReadingsWanted): string | null => {
  if (stream === STREAMS.verified) return STREAMS.readingsVerified
  return stream === STREAMS.annotated && wanted === "all" ? STREAMS.readingsAnnotated : null
}

/** What a step makes of what it read. */
interface Made {
  readonly rows: Array<NewRecord>
  readonly quality: Quality
  bytes: number
  messages: number
  unreadable: number
  /** The next offset to read. */
  next: number
}

const NO_KEY = new Uint8Array(0)

export class ReadingsFeed implements Handler {
  readonly #options: ReadingsFeedOptions
  readonly #to: string | null
  /** Null where somebody else may have moved the position. */
  #position: number | null = null
  #next = 0
  #isTaken = false

  constructor(options: ReadingsFeedOptions) {
    this.#options = options
    this.#to = streamOf(options.at, options.wanted)
  }

  get next(): number {
    return this.#next
  }

  async step(): Promise<Step> {
    const { log, at } = this.#options
    const from = this.#position ?? (await this.#take())
    this.#position = null
    const records = await log.read(at, this.#next, MAX_RECORDS, MAX_BYTES)
    if (records[0]?.offset !== this.#next) await refuseLost(log, at, this.#next)
    if (records.length === 0) {
      this.#position = from
      return { handled: 0, atEnd: true }
    }
    const made = await this.#make(records)
    await this.#commit(from, made)
    const { messages, bytes, unreadable, quality, rows } = made
    this.#options.onDone({ messages, bytes, unreadable, quality, rows: rows.length })
    return { handled: messages + unreadable, atEnd: false }
  }

  /** Makes this process the only one that writes rows of the partition. @returns the position as the log has it */
  async #take(): Promise<number> {
    const { log, at, confirm } = this.#options
    // Two who believe that it is theirs would take it from each other for ever.
    if (this.#isTaken && !(await confirm())) throw new Error("another process of the group has this partition")
    this.#isTaken = false
    const position = await log.take(READINGS_GROUP, at, await knownPosition(log, at))
    const { start } = await log.bounds(at)
    // At the very beginning: what retention took before anybody asked for rows is nobody's loss.
    this.#next = position === 0 ? start : position
    return position
  }

  async #make(records: ReadonlyArray<LogRecord>): Promise<Made> {
    const made: Made = {
      rows: [],
      quality: new Quality(this.#options.at.partition),
      bytes: 0,
      messages: 0,
      unreadable: 0,
      next: this.#next,
    }
    for (let from = 0; from < records.length && made.bytes < MAX_ROW_BYTES; from += CHUNK) {
      const chunk = records.slice(from, from + CHUNK)
      // What else this thread does must not wait for the whole batch: in a node it judges.
      await this.#options.share.take(() => {
        for (const record of chunk) {
          if (made.bytes >= MAX_ROW_BYTES) return
          this.#add(made, record)
        }
      })
    }
    return made
  }

  #add(made: Made, { offset, value }: LogRecord): void {
    const { at, format, onUnreadable } = this.#options
    const encoder = ROW_ENCODERS[format]
    made.next = offset + 1
    let message: AssayedMessage
    try {
      message = decodeAssayed(value)
      if (message.decision === null) throw new TypeError("the message is not decided")
    } catch (cause) {
      if (!(cause instanceof WireError || cause instanceof TypeError)) throw cause
      made.unreadable += 1
      onUnreadable(at, offset, cause)
      return
    }
    made.messages += 1
    made.quality.add(message)
    if (this.#to === null) return
    const key = Buffer.from(message.key)
    for (const row of readingRows(message)) {
      const bytes = encoder.reading(row)
      made.bytes += bytes.length
      made.rows.push({ key, value: bytes })
    }
  }

  async #commit(from: number, { rows, quality, next }: Made): Promise<void> {
    const { log, at, format } = this.#options
    const encoder = ROW_ENCODERS[format]
    const counts = quality.rows(next).map((row) => ({ key: NO_KEY, value: encoder.quality(row) }))
    const outputs = [
      ...(this.#to === null || rows.length === 0 ? [] : [{ stream: this.#to, records: rows }]),
      ...(counts.length === 0 ? [] : [{ stream: STREAMS.readingsQuality, records: counts }]),
    ]
    try {
      await log.commit(at.partition, { group: READINGS_GROUP, stream: at.stream, from, next, outputs })
    } catch (cause) {
      // Whether it came to be after all, `take` tells.
      this.#isTaken = cause instanceof TakenOverError
      throw cause
    }
    this.#position = next
    this.#next = next
  }
}
