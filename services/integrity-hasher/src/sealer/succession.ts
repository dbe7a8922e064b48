/**
 * A successor log, where the key of a log was lost or stolen: it has another name and key, its first leaf is the last checkpoint of the
 * old log that somebody else vouches for, and its other leaves are those of the events since. What the old key signed beyond that
 * checkpoint counts no more.
 *
 *   tlog/pNNN/          the successor, with succession.json: {"format":"assay-succession/1","after":..,"next":..}
 *   tlog/pNNN.<n>/      generation n of it, whose checkpoint is the one that the successor begins with
 *   vkeys/pNNN.<n>.vkey its verifier keys
 *
 * The order, so that a stopped call is called again: successor written beside, whole > row swapped (the point of no return) > its head
 * recorded in audit.checkpoints > directories exchanged. Then, for all partitions together: keys, generation. The node must not run.
 */
import { existsSync } from "node:fs"
import { rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { type Log, type LogRecord, recordsIn, refuseLost } from "@assay/log"
import { decodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import {
  equalHash,
  type LogSigner,
  nodesOf,
  readCheckpoint,
  rootAt,
  signCheckpoint,
  TileBuilder,
  type TreeHead,
} from "@assay/transparency"
import {
  directoryTiles,
  entriesFrom,
  type KeyStore,
  makeDirectory,
  olderDirectory,
  readPublished,
  readSuccession,
  syncDirectory,
  writeAllDurable,
  writeDurable,
  writeSuccession,
} from "@assay/transparency/storage"
import { readEvent } from "./batch.ts"
import { commitRow, SEALER_GROUP } from "./commit-row.ts"
import { eraseBy, type UndoneErasure } from "./erasure.ts"
import { SealerError } from "./error.ts"
import { decodeRow, encodeRow, ROW_CELL, type Row } from "./log-row.ts"
import { applyTiles } from "./own-tiles.ts"
import { Staging } from "./staging.ts"

export interface SuccessionOptions {
  readonly log: Log
  readonly partition: number
  /** The log's directory: `<data>/tlog/pNNN`. */
  readonly directory: string
  /** The generation that ends. */
  readonly generation: number
  /** Of the successor. */
  readonly origin: string
  readonly signer: LogSigner
  /** The salts of the partition: an erasure that was sealed last may not be done yet. */
  readonly keys: KeyStore
  /** The last checkpoint of the old log that counts: opened by the caller, with its note. */
  readonly last: { readonly head: TreeHead; readonly note: string }
  /** Called after each step; a test stops in it. */
  readonly onStep?: (step: SuccessionStep) => void
}

export type SuccessionStep = "built" | "swapped" | "recorded" | "exchanged"

/** Entries that are added at once. */
const BATCH = 4096

const nextOf = (directory: string): string => `${directory}.next`

/** The offset in audit.events of the record that is event number `nth`. Offsets may have gaps, so they are counted. */
const offsetOf = async (log: Log, partition: number, nth: number): Promise<number> => {
  const at = { stream: STREAMS.audit, partition }
  for (let [from, count] = [0, 0]; ; ) {
    const records = await log.read(at, from, BATCH, 16 << 20)
    const last = records.at(-1)
    if (last === undefined || count + records.length > nth) return records[nth - count]?.offset ?? from
    count += records.length
    from = last.offset + 1
  }
}

const differs = (directory: string, size: number): SealerError =>
  new SealerError(
    "diverged",
    `${directory} does not continue the last checkpoint of ${size} leaves: put back a copy that does, assay verify tells what differs`,
  )

/** The successor beside the old log. @returns the row that makes it the log */
const build = async (options: SuccessionOptions, row: Row): Promise<Row> => {
  const { log, partition, directory, origin, signer, last } = options
  const { head, note } = last
  const staged = await new Staging(join(directory, "staging"), "tmp").read(row.size, row.root)
  if (staged !== null) await applyTiles(directory, staged, "tmp")
  const tiles = directoryTiles(directory)
  const there = head.size > row.size ? null : await rootAt(nodesOf(tiles, row.size), head.size)
  if (there === null || !equalHash(there, head.root)) throw differs(directory, head.size)
  const target = nextOf(directory)
  await rm(target, { recursive: true, force: true })
  await makeDirectory(target, dirname(target))
  const builder = new TileBuilder()
  let pending: Array<Uint8Array> = [Buffer.from(note)]
  const flush = async (): Promise<void> => {
    await writeAllDurable(target, builder.append(pending))
    pending = []
  }
  for await (const entry of entriesFrom(tiles, head.size, row.size)) {
    pending.push(entry)
    if (pending.length === BATCH) await flush()
  }
  await flush()
  const { size, nodes } = builder.frontier
  const root = builder.frontier.root()
  const checkpoint = await signCheckpoint({ origin, size, root }, signer)
  await writeDurable(join(target, "checkpoint"), Buffer.from(checkpoint))
  // Its events are counted from the first.
  await refuseLost(log, { stream: STREAMS.audit, partition }, 0)
  const events = await eventsBefore(options)
  const next = await offsetOf(log, partition, events)
  await writeSuccession(target, { after: head.origin, next, events })
  return { size, root, frontier: nodes, next: row.next, time: row.time, note: checkpoint }
}

/** Events that lie before the first one of the successor. */
const eventsBefore = async ({ directory, generation, last }: SuccessionOptions): Promise<number> => {
  const before = generation === 1 ? 0 : ((await readSuccession(directory))?.events ?? 0)
  // A successor's first leaf is a checkpoint.
  return before + last.head.size - (generation === 1 ? 0 : 1)
}

/** What a seal that was cut short may not have erased. @returns the erasures that destroyed no key */
const finishErasures = async (
  { log, partition, keys }: SuccessionOptions,
  { next }: Row,
): Promise<ReadonlyArray<UndoneErasure>> => {
  const from = await log.position(SEALER_GROUP, { stream: STREAMS.audit, partition })
  const undone: Array<UndoneErasure> = []
  for await (const record of recordsIn(log, STREAMS.audit, partition, from, next)) {
    const why = await eraseBy(readEvent(record, log.epoch, partition), log, partition, keys)
    if (why !== null) undone.push(why)
  }
  return undone
}

const isRecorded = async (log: Log, partition: number, note: string): Promise<boolean> => {
  const at = { stream: STREAMS.checkpoints, partition }
  const { end } = await log.bounds(at)
  const records: ReadonlyArray<LogRecord> = await log.read(at, Math.max(0, end - 16), 16, 1 << 20)
  return records.some(({ value }) => decodeCheckpoint(value).note === note)
}

const record = async ({ log, partition, origin }: SuccessionOptions, row: Row): Promise<void> => {
  if (await isRecorded(log, partition, row.note)) return
  const position = await log.take(SEALER_GROUP, { stream: STREAMS.audit, partition })
  await commitRow(log, partition, origin, row, position)
}

/** The old log ends where the successor begins. */
const exchange = async ({ directory, generation, last }: SuccessionOptions): Promise<void> => {
  const [next, old] = [nextOf(directory), olderDirectory(directory, generation)]
  if (!existsSync(next)) return
  if (!existsSync(old)) {
    const published = await readPublished(directory)
    if (published !== null) await writeDurable(join(directory, "checkpoint.superseded"), Buffer.from(published))
    await writeDurable(join(directory, "checkpoint"), Buffer.from(last.note))
    await rename(directory, old)
  }
  await rename(next, directory)
  await syncDirectory(dirname(directory))
}

export interface Succeeded {
  /** The successor's checkpoint. */
  readonly note: string
  /** Accepted erasures at the end of the old log that destroyed no key; only the call that builds the successor looks. */
  readonly undone: ReadonlyArray<UndoneErasure>
}

/**
 * @returns null where nothing was sealed yet
 * @throws SealerError `diverged`, `fenced`; LostRecordsError where audit.events does not begin at its beginning; MissingTileError where entries that are needed were pruned
 */
export const succeed = async (options: SuccessionOptions): Promise<Succeeded | null> => {
  const { log, partition, origin, onStep } = options
  const cell = await log.cells.get(partition, ROW_CELL)
  const held = decodeRow(cell)
  if (held.row === null) return null
  let { row } = held
  let undone: Succeeded["undone"] = []
  if (readCheckpoint(row.note).origin !== origin) {
    undone = await finishErasures(options, row)
    const next = await build(options, row)
    onStep?.("built")
    if (!(await log.cells.swap(partition, ROW_CELL, cell, encodeRow(next, held.term))))
      throw new SealerError("fenced", "another sealer appended to this log: stop the node first")
    row = next
  }
  onStep?.("swapped")
  await record(options, row)
  onStep?.("recorded")
  await exchange(options)
  onStep?.("exchanged")
  return { note: row.note, undone }
}
