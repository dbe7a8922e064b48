/**
 * The sealer of one partition: turns audit.events into an append-only log that nobody can alter in silence.
 *
 * Guarantees:
 * - Every audit event becomes exactly one leaf, in order, across crashes at any point.
 * - A checkpoint is published only when all its tiles are durable; no two checkpoints of one size differ.
 * - It never writes audit.events, never blocks a stage, and stops (`fenced`, `diverged`) when another sealer took over; one
 *   that has another directory is refused before it takes anything. Files know no fencing: a directory belongs to one process
 *   at a time by its lock, or by a lease (`lease.ts`), whose term stands in the row. Who slept through the end of its lease
 *   finds another row at its swap; what it may still write are tiles of its own earlier seals, which are the log's, an older
 *   checkpoint, which the next look puts right (`republish`), and salts in a file that nobody reads (`salts.ts`).
 * - It never skips: where events are gone before they were sealed, or the stream ends before what is, it stops (LostRecordsError).
 *
 * The order of a seal, which is what makes it crash-safe:
 *   keys durable > tiles staged durably > row swapped (the point of no return) > tiles applied > checkpoint published > keys of erased devices gone
 *   > position committed together with the record of audit.checkpoints > staging cleared
 * Everything after the swap is repeated on resume and changes nothing when repeated.
 */
import { join } from "node:path"
import { type Log, refuseLost, sameCell, UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { type LogSigner, signCheckpoint, type TileBuilder } from "@assay/transparency"
import { type KeyStore, readPublished, writeDurable } from "@assay/transparency/storage"
import { entriesOf, erasedBy, type ReadEvent, readEvent, untilErasure } from "./batch.ts"
import { commitRow, SEALER_GROUP } from "./commit-row.ts"
import { eraseBy, type UndoneErasure } from "./erasure.ts"
import { SealerError } from "./error.ts"
import { decodeRow, encodeRow, ROW_CELL, type Row } from "./log-row.ts"
import { applyTiles, ownTiles } from "./own-tiles.ts"
import { Staging } from "./staging.ts"

/** What has just become true. A crash between any two of these loses and repeats nothing. */
export type SealStep =
  | "read"
  | "keyed"
  | "staged"
  | "swapped"
  | "applied"
  | "published"
  | "erased"
  | "committed"
  | "cleared"

/** The right to seal, where several processes may have the directory. */
export interface SealerLease {
  /** Above that of every holder before. */
  readonly term: number
  /** @throws SealerError `fenced` where it is another's; UnavailableError where it may be */
  refuseIfOver(): void
  /** The same, asked of the log. */
  confirm(): Promise<void>
  /** The salts as of the holder of term `from`, in a file of our own; opened anew by each call. */
  claimSalts(from: number): Promise<KeyStore>
  /** Destroys what former holders left of the salts. */
  removeFormerSalts(): Promise<void>
}

export interface SealerOptions {
  readonly log: Log
  readonly partition: number
  /** The log's own directory, for example `<data>/tlog/p000`. */
  readonly directory: string
  /** Origin line of the checkpoints and name of the key. */
  readonly origin: string
  readonly signer: LogSigner
  /** Sign beside it, while one key takes the place of another. */
  readonly moreSigners?: ReadonlyArray<LogSigner>
  /** Left out with a lease, which brings them. */
  readonly keys?: KeyStore
  readonly lease?: SealerLease
  /** Most events of one seal. */
  readonly maxBatch: number
  /** An accepted erasure destroyed nothing: it names the pseudonym of another device, or of none. Sealing goes on. */
  readonly onUndone?: (cause: UndoneErasure) => void
  /** Called after each step; a test crashes in it. */
  readonly onStep?: (step: SealStep) => void
}

export interface Sealed {
  readonly size: number
  readonly count: number
  /** Whether it ended at an erasure, so that more may stand there. */
  readonly cut?: true
}

const MAX_BATCH_BYTES = 16 << 20

interface Standing {
  readonly cell: Uint8Array | null
  readonly row: Row | null
  /** Of the lease under which the next row is written. */
  readonly term: number
  readonly builder: TileBuilder
  readonly cut: boolean
}

export class Sealer {
  readonly #options: SealerOptions
  readonly #staging: Staging
  /** Null when disk and memory may differ: at the start and after any failure. */
  #standing: Standing | null = null
  #last: Row | null = null
  #isRestored = false
  /** Seals queue here: two at a time would take each other for a crash. */
  #queue: Promise<unknown> = Promise.resolve()
  #salts: KeyStore | null
  /** What follows a file's name while it is written: another holder, that slept, writes no file of ours. */
  readonly #temporary: string

  constructor(options: SealerOptions) {
    this.#options = options
    this.#salts = options.keys ?? null
    this.#temporary = options.lease === undefined ? "tmp" : `${options.lease.term}.tmp`
    this.#staging = new Staging(join(options.directory, "staging"), this.#temporary)
  }

  /** Whether `size` and `next` are known: the log was read once. */
  get isRestored(): boolean {
    return this.#isRestored
  }

  /** Leaves sealed so far, as last known. */
  get size(): number {
    return this.#last?.size ?? 0
  }

  /** The next offset of audit.events to seal, as last known. */
  get next(): number {
    return this.#last?.next ?? 0
  }

  /**
   * Seals what stands in audit.events, up to `maxBatch`; null where there is nothing new. After a rejection call it again
   * (it resumes from what is durable), unless it was a SealerError or a LostRecordsError.
   */
  seal(): Promise<Sealed | null> {
    return this.#alone(async () => {
      const standing = this.#standing ?? (await this.#restore())
      this.#standing = null
      const next = await this.#append(standing)
      this.#standing = next ?? standing
      this.#last = this.#standing.row
      return next?.row == null
        ? null
        : { size: next.row.size, count: next.row.size - (standing.row?.size ?? 0), ...(next.cut ? { cut: true } : {}) }
    })
  }

  /** Finishes a seal that was cut short, and checks that row, directory and position belong together. @throws SealerError, LostRecordsError */
  resume(): Promise<void> {
    return this.#alone(async () => {
      this.#standing = null
      this.#standing = await this.#restore()
    })
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  async #restore(): Promise<Standing> {
    const { log, partition, directory, lease } = this.#options
    const at = { stream: STREAMS.audit, partition }
    // Taking the partition fences whoever has it: not without asking whether that is still to be us.
    await lease?.confirm()
    const cell = await log.cells.get(partition, ROW_CELL)
    const { row, term: former } = decodeRow(cell)
    // First the directory: only the sealer that has the log's own tiles may take the partition from another.
    const builder = await ownTiles(directory, this.#staging, row, this.#temporary)
    const position = await log.take(SEALER_GROUP, at)
    // Whoever had it before may have swapped a last time; from now on nobody else does.
    if (!sameCell(await log.cells.get(partition, ROW_CELL), cell)) return this.#restore()
    const term = lease?.term ?? former
    const own = term === former ? cell : await this.#succeed(cell, row, former, term)
    if (own === "changed") return this.#restore()
    await refuseLost(log, at, row?.next ?? 0)
    if (row === null) {
      if (position !== 0) throw new SealerError("diverged", "events were sealed before, but the sealer's row is gone")
      await this.#staging.open()
      this.#isRestored = true
      return { cell: own, row, term, builder, cut: false }
    }
    if (position > row.next)
      throw new SealerError("diverged", `position ${position} is past the sealer's row, ${row.next}`)
    lease?.refuseIfOver()
    if ((await readPublished(directory)) !== row.note) await this.#publish(row)
    if (position < row.next) {
      await this.#eraseSealed(position, row.next)
      await this.#commit(row, position)
    }
    await this.#staging.clear(row.size)
    this.#last = row
    this.#isRestored = true
    return { cell: own, row, term, builder, cut: false }
  }

  /**
   * Puts our term into the row, so that no swap of a former holder comes to be from then on. The salts are copied between the
   * look at the row and its swap, after the partition was taken: keys that a later swap of the former holder needed refuse
   * ours, and an erasure that it had not committed is made again in the copy.
   */
  async #succeed(
    cell: Uint8Array | null,
    row: Row | null,
    former: number,
    term: number,
  ): Promise<Uint8Array | "changed"> {
    const { log, partition, lease } = this.#options
    this.#salts = await lease!.claimSalts(former)
    const own = encodeRow(row, term)
    if (!(await log.cells.swap(partition, ROW_CELL, cell, own))) return "changed"
    await lease!.removeFormerSalts()
    return own
  }

  /** The salts, from the first restore on. */
  get #keys(): KeyStore {
    if (this.#salts === null) throw new Error("a sealer has its salts from the start, or by its lease")
    return this.#salts
  }

  async #append({ cell, row, term, builder: old }: Standing): Promise<Standing | null> {
    const { log, partition, directory, origin, signer, moreSigners = [], maxBatch } = this.#options
    const from = row?.next ?? 0
    const at = { stream: STREAMS.audit, partition }
    const read = await log.read(at, from, maxBatch, MAX_BATCH_BYTES)
    const events = untilErasure(read, log.epoch, partition)
    const last = events.at(-1)
    // A gap between offsets is nothing (the marker of a transaction), unless events were removed from the stream; and so is
    // an end, unless it lies before what is sealed.
    if (read[0]?.offset !== from) await refuseLost(log, at, from)
    if (last === undefined) return null
    this.#step("read")
    const entries = await entriesOf(events, this.#keys)
    this.#step("keyed")

    const builder = old.clone()
    const files = builder.append(entries)
    const { size, nodes } = builder.frontier
    const root = builder.frontier.root()
    const note = await signCheckpoint({ origin, size, root }, signer, moreSigners)
    const next: Row = { size, root, frontier: nodes, next: last.record.offset + 1, time: last.record.time, note }
    await this.#staging.write(size, root, files)
    this.#step("staged")

    const swapped = encodeRow(next, term)
    if (!(await log.cells.swap(partition, ROW_CELL, cell, swapped))) throw await this.#refusedSwap(term)
    this.#step("swapped")
    await applyTiles(directory, files, this.#temporary)
    this.#step("applied")
    await this.#publish(next)
    this.#step("published")
    await this.#erase(last)
    this.#step("erased")
    await this.#commit(next, from)
    this.#step("committed")
    await this.#staging.clear(size)
    this.#step("cleared")
    return { cell: swapped, row: next, term, builder, cut: events.length < read.length }
  }

  /** Why the row is another than was read: a seal of our own whose answer was lost, to be finished first; or another sealer. */
  async #refusedSwap(term: number): Promise<Error> {
    const { log, partition } = this.#options
    const { row, term: found } = decodeRow(await log.cells.get(partition, ROW_CELL))
    if (found === term && row !== null && (await this.#staging.read(row.size, row.root)) !== null)
      return new UnavailableError("an earlier seal came to be after all, and is finished first")
    return new SealerError("fenced", "another sealer appended to this log")
  }

  /** Only the last record of a seal can be an erasure. Its leaf is published by now: the log says why the key is gone. */
  async #erase(read: ReadEvent): Promise<void> {
    const { log, partition, lease, onUndone } = this.#options
    if (erasedBy(read) === null) return
    const undone = await eraseBy(read, log, partition, this.#keys)
    await lease?.removeFormerSalts()
    if (undone !== null) onUndone?.(undone)
  }

  /** What a seal that was cut short before its position was committed may not have erased. */
  async #eraseSealed(from: number, to: number): Promise<void> {
    const { log, partition, maxBatch } = this.#options
    const records = await log.read({ stream: STREAMS.audit, partition }, from, maxBatch, MAX_BATCH_BYTES)
    for (const record of records) if (record.offset < to) await this.#erase(readEvent(record, log.epoch, partition))
  }

  #publish(row: Row): Promise<void> {
    return writeDurable(join(this.#options.directory, "checkpoint"), Buffer.from(row.note), this.#temporary)
  }

  #commit(row: Row, from: number): Promise<void> {
    const { log, partition, origin } = this.#options
    return commitRow(log, partition, origin, row, from)
  }

  /**
   * Publishes the newest checkpoint again where an older one stands in its place: a former holder was stopped in the middle of
   * publishing one and wrote it when it woke up.
   */
  republish(): Promise<void> {
    return this.#alone(async () => {
      const row = this.#standing?.row ?? null
      if (row === null || this.#options.lease === undefined) return
      this.#options.lease.refuseIfOver()
      if ((await readPublished(this.#options.directory)) !== row.note) await this.#publish(row)
    })
  }

  /** Nothing is left open. A seal in hand is finished first. */
  close(): Promise<void> {
    return this.#alone(async () => {
      await this.#salts?.close()
      this.#standing = null
    })
  }

  #step(step: SealStep): void {
    this.#options.onStep?.(step)
    this.#options.lease?.refuseIfOver()
  }
}
