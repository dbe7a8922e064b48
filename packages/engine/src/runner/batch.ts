/**
 * What one commit takes, in chunks: entries are made of records when their chunk's turn comes, and nothing but what is to be
 * written outlives it. So the objects of a batch die young, and whoever shares the thread waits for one chunk only.
 */
import type { LogRecord } from "@assay/log"
import type { AnyStage } from "@assay/trust"
import { type RawEntry, toRawEntry } from "../order/entries.ts"
import { endsWithOpening } from "../order/opening.ts"
import { type Excused, type PreparedBatch, prepareBatch } from "./pipeline.ts"
import type { BatchSpan } from "./tracer.ts"

/** Entries that are prepared and judged before the thread goes round. */
export const CHUNK = 32
/** Prepared ahead at a time while a commit is under way, which must not wait long to be noticed. */
export const CHUNK_AHEAD = 8

/**
 * Pieces that wait at most. A commit takes some milliseconds, so more of them help nobody, and what was prepared lives until its
 * chunk is judged: the collector copies it twice if that is long.
 */
const AHEAD = 16

/** Where the entries of a batch stand. */
export interface Place {
  /** Whether the input is `submitted`. */
  readonly first: boolean
  readonly epoch: number
  readonly partition: number
}

export interface BatchParts {
  readonly records: ReadonlyArray<LogRecord>
  readonly stages: ReadonlyArray<AnyStage>
  readonly place: Place
  /** Of all entries before these. */
  readonly lastTime: number
  readonly span: BatchSpan
  /** For a batch of one entry that was found to be what the stages fail at. */
  readonly excused: Excused | null
  /** Rejects where records before these are lost. */
  readonly whole: Promise<unknown>
}

export class Batch {
  readonly startedAt = performance.now()
  readonly span: BatchSpan
  readonly excused: Excused | null
  readonly #parts: Omit<BatchParts, "records">
  /** Those that are not taken, the next one last: what is taken is nobody's any more. */
  readonly #left: Array<LogRecord>
  readonly #ahead: Array<PreparedBatch> = []
  #lastTime: number
  #whole: Promise<unknown>
  #next: number
  #entries: number
  #isClosed: boolean

  constructor(parts: BatchParts) {
    const { records, ...others } = parts
    this.#parts = others
    this.#left = records.toReversed()
    this.span = parts.span
    this.excused = parts.excused
    this.#whole = handled(parts.whole)
    this.#next = parts.records.at(-1)!.offset + 1
    this.#entries = parts.records.length
    this.#isClosed = endsWithOpening(parts.records)
    this.#lastTime = parts.lastTime
  }

  /** The next offset after it. */
  get next(): number {
    return this.#next
  }

  get entries(): number {
    return this.#entries
  }

  /** Whether nothing may be added. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Rejects where records are lost. */
  get whole(): Promise<unknown> {
    return this.#whole
  }

  /** Takes these too, which follow those that it has. @param whole as of `BatchParts` */
  add(records: ReadonlyArray<LogRecord>, whole: Promise<unknown>): void {
    this.#left.unshift(...records.toReversed())
    this.#next = records.at(-1)!.offset + 1
    this.#entries += records.length
    this.#isClosed = endsWithOpening(records)
    this.#whole = handled(Promise.all([this.#whole, whole]))
  }

  /** The highest time of all entries up to those that were taken. */
  get lastTime(): number {
    return this.#lastTime
  }

  /** Whether a part of it is not taken yet. */
  get hasMore(): boolean {
    return this.#left.length > 0 || this.#ahead.length > 0
  }

  /** The next chunk, or null where all is taken. @throws JudgingError where the stage fails to prepare it */
  async take(): Promise<PreparedBatch | null> {
    if (this.#ahead.length > 0) return joined(this.#ahead.splice(0, CHUNK / CHUNK_AHEAD))
    return this.#left.length === 0 ? null : this.#prepare(CHUNK)
  }

  /**
   * Prepares a little more of what has not been taken. @returns whether it may go on with that
   * @throws JudgingError as `take`; the batch is then of no use any more
   */
  async prepareAhead(): Promise<boolean> {
    if (this.#left.length === 0 || this.#ahead.length === AHEAD) return false
    this.#ahead.push(await this.#prepare(CHUNK_AHEAD))
    return this.#left.length > 0 && this.#ahead.length < AHEAD
  }

  async #prepare(most: number): Promise<PreparedBatch> {
    const { stages, excused } = this.#parts
    const raw: Array<RawEntry> = []
    for (let left = Math.min(most, this.#left.length); left > 0; left--) raw.push(this.#entryOf(this.#left.pop()!))
    return excused?.slot === 0 ? { raw, prepared: [] } : prepareBatch(stages, raw)
  }

  #entryOf(record: LogRecord): RawEntry {
    const { first, epoch, partition } = this.#parts.place
    const entry = toRawEntry(record, first, epoch, partition, this.#lastTime)
    // Between the stages an entry brings its time along, and whoever may write there could bring any.
    this.#lastTime = Math.max(this.#lastTime, first ? entry.time : record.time)
    return entry
  }
}

/** One chunk of several: judging a chunk costs something whatever it holds. */
const joined = (chunks: ReadonlyArray<PreparedBatch>): PreparedBatch =>
  chunks.length === 1
    ? chunks[0]!
    : { raw: chunks.flatMap(({ raw }) => raw), prepared: chunks.flatMap(({ prepared }) => prepared) }

/** Awaited before the commit; until then it must not count as unhandled. */
const handled = (whole: Promise<unknown>): Promise<unknown> => {
  whole.catch(() => undefined)
  return whole
}

/** Lets the event loop go round. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
