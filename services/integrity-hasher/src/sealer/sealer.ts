/**
 * The sealer of one partition: turns audit.events into an append-only log that nobody can alter in silence.
 *
 * Guarantees:
 * - Every audit event becomes exactly one leaf, in order, across crashes at any point.
 * - A checkpoint is published only when all its tiles are durable; no two checkpoints of one size differ.
 * - It never writes audit.events, never blocks a stage, and stops (`fenced`, `diverged`) when another sealer took over; one
 *   that has another directory is refused before it takes anything. Known hole: files know no fencing, so the directory must
 *   belong to one process at a time (its lock sees to that).
 * - It never skips: where events are gone before they were sealed, or the stream ends before what is, it stops (LostRecordsError).
 *
 * The order of a seal, which is what makes it crash-safe:
 *   keys durable > tiles staged durably > row swapped (the point of no return) > tiles applied > checkpoint published > keys of erased devices gone
 *   > position committed together with the record of audit.checkpoints > staging cleared
 * Everything after the swap is repeated on resume and changes nothing when repeated.
 */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { type Log, type LogRecord, refuseLost, UnavailableError } from "@assay/log"
import { encodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import {
  equalHash,
  Frontier,
  type LogSigner,
  MissingTileError,
  nodesOf,
  rootAt,
  signCheckpoint,
  TileBuilder,
  type TileFile,
} from "@assay/transparency"
import {
  directoryTiles,
  type KeyStore,
  readPublished,
  resumeBuilder,
  writeAllDurable,
  writeDurable,
} from "@assay/transparency/storage"
import { entriesOf, untilErasure } from "./batch.ts"
import { eraseBy, type UndoneErasure } from "./erasure.ts"
import { SealerError } from "./error.ts"
import { decodeRow, encodeRow, ROW_CELL, type Row } from "./log-row.ts"
import { Staging } from "./staging.ts"

export const SEALER_GROUP = "integrity-sealer"

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
  readonly keys: KeyStore
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
const FULL_TILE = /^tile\/[^.]+$/

const equalCell = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0

interface Standing {
  readonly cell: Uint8Array | null
  readonly row: Row | null
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

  constructor(options: SealerOptions) {
    this.#options = options
    this.#staging = new Staging(join(options.directory, "staging"))
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
    const { log, partition, directory } = this.#options
    const at = { stream: STREAMS.audit, partition }
    const cell = await log.cells.get(partition, ROW_CELL)
    const row = cell === null ? null : decodeRow(cell)
    // First the directory: only the sealer that has the log's own tiles may take the partition from another.
    const builder = await this.#own(row)
    const position = await log.take(SEALER_GROUP, at)
    // Whoever had it before may have swapped a last time; from now on nobody else does.
    if (!equalCell(await log.cells.get(partition, ROW_CELL), cell)) return this.#restore()
    await refuseLost(log, at, row?.next ?? 0)
    if (row === null) {
      if (position !== 0) throw new SealerError("diverged", "events were sealed before, but the sealer's row is gone")
      await this.#staging.open()
      this.#isRestored = true
      return { cell, row, builder, cut: false }
    }
    if (position > row.next)
      throw new SealerError("diverged", `position ${position} is past the sealer's row, ${row.next}`)
    if ((await readPublished(directory)) !== row.note) await this.#publish(row)
    if (position < row.next) {
      await this.#eraseSealed(position, row.next)
      await this.#commit(row, position)
    }
    await this.#staging.clear(row.size)
    this.#last = row
    this.#isRestored = true
    return { cell, row, builder, cut: false }
  }

  /** The builder over the row's own tiles. @throws SealerError where the directory is not the row's */
  async #own(row: Row | null): Promise<TileBuilder> {
    const { directory } = this.#options
    if (row === null) {
      if ((await readPublished(directory)) === null) return new TileBuilder()
      throw new SealerError(
        "diverged",
        `${directory} holds a log of its own, but nothing of this stream was sealed yet`,
      )
    }
    const staged = await this.#staging.read(row.size, row.root)
    if (staged !== null) await this.#apply(staged)
    return this.#rebuild(row)
  }

  async #append({ cell, row, builder: old }: Standing): Promise<Standing | null> {
    const { log, partition, origin, signer, moreSigners = [], keys, maxBatch } = this.#options
    const from = row?.next ?? 0
    const at = { stream: STREAMS.audit, partition }
    const read = await log.read(at, from, maxBatch, MAX_BATCH_BYTES)
    const events = untilErasure(read, log.epoch, partition)
    const last = events.at(-1)?.record
    // A gap between offsets is nothing (the marker of a transaction), unless events were removed from the stream; and so is
    // an end, unless it lies before what is sealed.
    if (read[0]?.offset !== from) await refuseLost(log, at, from)
    if (last === undefined) return null
    this.#step("read")
    const entries = await entriesOf(events, keys)
    this.#step("keyed")

    const builder = old.clone()
    const files = builder.append(entries)
    const { size, nodes } = builder.frontier
    const root = builder.frontier.root()
    const note = await signCheckpoint({ origin, size, root }, signer, moreSigners)
    const next: Row = { size, root, frontier: nodes, next: last.offset + 1, time: last.time, note }
    await this.#staging.write(size, root, files)
    this.#step("staged")

    const swapped = encodeRow(next)
    if (!(await log.cells.swap(partition, ROW_CELL, cell, swapped))) throw await this.#refusedSwap()
    this.#step("swapped")
    await this.#apply(files)
    this.#step("applied")
    await this.#publish(next)
    this.#step("published")
    await this.#erase(last)
    this.#step("erased")
    await this.#commit(next, from)
    this.#step("committed")
    await this.#staging.clear(size)
    this.#step("cleared")
    return { cell: swapped, row: next, builder, cut: events.length < read.length }
  }

  /** Why the row is another than was read: a seal of our own whose answer was lost, to be finished first; or another sealer. */
  async #refusedSwap(): Promise<Error> {
    const { log, partition } = this.#options
    const cell = await log.cells.get(partition, ROW_CELL)
    const row = cell === null ? null : decodeRow(cell)
    if (row !== null && (await this.#staging.read(row.size, row.root)) !== null)
      return new UnavailableError("an earlier seal came to be after all, and is finished first")
    return new SealerError("fenced", "another sealer appended to this log")
  }

  /** A full tile makes its partial ones superfluous (C2SP tlog-tiles lets a log drop them). */
  async #apply(files: ReadonlyArray<TileFile>): Promise<void> {
    const { directory } = this.#options
    await writeAllDurable(directory, files)
    for (const { path } of files) {
      if (FULL_TILE.test(path)) await rm(join(directory, `${path}.p`), { recursive: true, force: true })
    }
  }

  /** Only the last record of a seal can be an erasure. Its leaf is published by now: the log says why the key is gone. */
  async #erase(record: LogRecord): Promise<void> {
    const { log, partition, keys, onUndone } = this.#options
    const undone = await eraseBy(record, log, partition, keys)
    if (undone !== null) onUndone?.(undone)
  }

  /** What a seal that was cut short before its position was committed may not have erased. */
  async #eraseSealed(from: number, to: number): Promise<void> {
    const { log, partition, maxBatch } = this.#options
    const records = await log.read({ stream: STREAMS.audit, partition }, from, maxBatch, MAX_BATCH_BYTES)
    for (const record of records) if (record.offset < to) await this.#erase(record)
  }

  #publish(row: Row): Promise<void> {
    return writeDurable(join(this.#options.directory, "checkpoint"), Buffer.from(row.note))
  }

  async #commit(row: Row, from: number): Promise<void> {
    const { log, partition, origin } = this.#options
    const value = encodeCheckpoint({ log: origin, size: row.size, root: row.root, time: row.time, note: row.note })
    const record = { key: Buffer.from(origin), value }
    const outputs = [{ stream: STREAMS.checkpoints, records: [record] }]
    await log.commit(partition, { group: SEALER_GROUP, stream: STREAMS.audit, from, next: row.next, outputs })
  }

  /** The builder as of the row; its right edge is compared with the root that the row vouches for. */
  async #rebuild(row: Row): Promise<TileBuilder> {
    const { directory } = this.#options
    const tiles = directoryTiles(directory)
    try {
      const builder = await resumeBuilder(tiles, new Frontier(row.size, row.frontier))
      const edge = await rootAt(nodesOf(tiles, row.size), row.size)
      if (equalHash(edge, row.root) && builder.isWhole()) return builder
    } catch (cause) {
      if (!(cause instanceof MissingTileError)) throw cause
      throw new SealerError("diverged", `${directory}: ${cause.message}`)
    }
    throw new SealerError("diverged", `the tiles of ${directory} are not those of the sealer's row`)
  }

  #step(step: SealStep): void {
    this.#options.onStep?.(step)
  }
}
