/**
 * Exports what is sealed by now to Parquet files, partition by partition: each sealed decision becomes part of exactly one range,
 * and a range is in the export as a whole or not at all. Who calls it again goes on behind the last range, and takes out what was
 * exported of devices that are erased since.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DataDirError, type Log, recordsIn } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { equalHash, eventOf, Frontier, leafHash, type TileReader } from "@assay/transparency"
import { Archive, readPruned, withArchive } from "@assay/transparency/archive"
import { directoryTiles, entriesFrom, logDirectory, type OpenKeys } from "@assay/transparency/storage"
import { logName } from "@assay/trust"
import { DecidedRecords } from "./decided-records.ts"
import { manifestsOf } from "./directory.ts"
import { takeOutErased } from "./erased.ts"
import { unpackEvidence } from "./evidence.ts"
import { type TableDone, updateTable } from "./iceberg/table.ts"
import { ROOT_FILE } from "./layout.ts"
import { type LineLog, lineOf, refuseBeyond } from "./line.ts"
import { EXPORT_FORMAT, type ExportRoot, type Manifest, parseExportRoot, textOf } from "./manifest.ts"
import { packRange } from "./pack.ts"
import { gather, type SealedLeaf } from "./range.ts"
import { Staging, writeDurably } from "./staging.ts"

export type ParquetOutcome = "verified" | "annotated"

export interface ParquetOptions {
  readonly log: Log
  /** The export's directory; this process has it alone. */
  readonly root: string
  /** The data directory in which the log is sealed. */
  readonly dataDir: string
  readonly outcomes: ReadonlyArray<ParquetOutcome>
  /** Where entries lie that were pruned from the log's directory; null: nowhere. */
  readonly archive?: string | null
  /** The salts of a partition. */
  readonly keysOf: (partition: number) => Promise<OpenKeys>
  /** Where readers find the export, as a URI: keeps an Iceberg table there. Null: one that is there is kept up. */
  readonly location: string | null
  /** Milliseconds since 1970: where the export begins, leaves of earlier events are left out; null: at the first leaf. */
  readonly sinceMs: number | null
  readonly onRange?: (done: Manifest) => void
}

export interface ParquetExported {
  readonly ranges: number
  readonly messages: number
  readonly rows: number
  readonly withheld: number
  readonly files: number
  readonly bytes: number
  /** Ranges that were written anew without devices that were erased since, and how many messages that took out of them. */
  readonly rewritten: number
  readonly forgotten: number
  /** The Iceberg table beside the files; null where there is none. */
  readonly table: TableDone | null
}

/** Begins an export, or goes on with one. @throws DataDirError where the directory is one of another log, or of other outcomes */
const claim = async ({ log, root, outcomes }: ParquetOptions): Promise<void> => {
  const path = join(root, ROOT_FILE)
  const mine: ExportRoot = {
    format: EXPORT_FORMAT,
    log: logName(log),
    partitions: log.partitions,
    outcomes: [...outcomes].sort(),
  }
  if (!existsSync(path)) return writeDurably(path, Buffer.from(textOf(mine)))
  const theirs = parseExportRoot(readFileSync(path, "utf8"))
  if (textOf(theirs) !== textOf(mine))
    throw new DataDirError(
      `${root} is an export of ${theirs.outcomes.join(" and ")} of ${theirs.log} with ${theirs.partitions} partitions: name another directory for ${mine.outcomes.join(" and ")} of ${mine.log}`,
    )
}

const NO_BYTES = new Uint8Array(0)

/** Leaves beside their records of audit.events: each record is one, in order; the first leaf of a successor stands for none. */
async function* sealedLeaves(
  log: Log,
  partition: number,
  entries: AsyncGenerator<Uint8Array>,
  { audit: from, isFirst }: { readonly audit: number; readonly isFirst: boolean },
  onRead: (next: number) => void,
): AsyncGenerator<SealedLeaf> {
  if (isFirst) {
    const { value: leaf, done } = await entries.next()
    if (done === true) return
    yield { leaf, record: NO_BYTES, event: null }
  }
  const records = recordsIn(log, STREAMS.audit, partition, from)
  for await (const leaf of entries) {
    const { value: record, done } = await records.next()
    if (done === true || record === undefined)
      throw new DataDirError(
        `partition ${partition}: the log is sealed further than its audit events go: run assay verify`,
      )
    onRead(record.offset + 1)
    yield { leaf, record: record.value, event: eventOf(record.value, log.epoch, partition, record.offset) }
  }
}

/** @throws DataDirError where entries from `from` on were pruned, and no archive was named */
const tilesOf = async (
  directory: string,
  origin: string,
  archive: string | null,
  from: number,
): Promise<TileReader> => {
  const kept = directoryTiles(directory)
  if (archive !== null) return withArchive(kept, Archive.at(archive, origin))
  const pruned = await readPruned(directory)
  if (pruned !== null && from < pruned.minimum)
    throw new DataDirError(
      `${directory} has its entries from ${pruned.minimum} on, and the export goes on at ${from}: name the archive with --archive DIR`,
    )
  return kept
}

const exportPartition = async (options: ParquetOptions, partition: number): Promise<ReadonlyArray<Manifest>> => {
  const { root, dataDir } = options
  await new Staging(root, partition).recover()
  const line = await lineOf(logDirectory(dataDir, partition))
  const before = manifestsOf(root, partition)
  refuseBeyond(before, line)
  const made: Array<Manifest> = []
  for (const log of line) made.push(...(await exportLog(options, partition, log, made.at(-1) ?? before.at(-1))))
  return made
}

/** Where an export of this log goes on. */
const startIn = async (
  { log, root, sinceMs }: ParquetOptions,
  partition: number,
  tiles: TileReader,
  { base, audit, head }: LineLog,
  last: Manifest | undefined,
): Promise<{ readonly frontier: Frontier; readonly audit: number }> => {
  if (last === undefined && sinceMs !== null)
    return firstLeaf(log, partition, entriesFrom(tiles, 0, head.size), { audit, isSuccessor: base > 0 }, sinceMs)
  if (last === undefined || last.leaves.to === base) return { frontier: new Frontier(), audit }
  return { frontier: frontierAfter(root, last), audit: last.next[STREAMS.audit] ?? 0 }
}

/** @param last of the partition, of this log or of one before it */
const exportLog = async (
  options: ParquetOptions,
  partition: number,
  of: LineLog,
  last: Manifest | undefined,
): Promise<ReadonlyArray<Manifest>> => {
  const { log, root, outcomes, onRange } = options
  const { directory, note, head, base } = of
  if (last !== undefined && last.leaves.to >= base + head.size) return []
  const staging = new Staging(root, partition)
  const tiles = await tilesOf(
    directory,
    head.origin,
    options.archive ?? null,
    Math.max(0, (last?.leaves.to ?? 0) - base),
  )
  const { frontier, ...start } = await startIn(options, partition, tiles, of, last)
  if (frontier.size >= head.size) return []
  let { audit } = start
  const streams = new Map(
    outcomes.map((outcome) => {
      const stream = STREAMS[outcome]
      return [outcome as string, new DecidedRecords(log, stream, partition, last?.next[stream] ?? 0)] as const
    }),
  )
  const begin = { audit, isFirst: base > 0 && frontier.size === 0 }
  const leaves = sealedLeaves(log, partition, entriesFrom(tiles, frontier.size, head.size), begin, (next) => {
    audit = next
  })
  const keys = await options.keysOf(partition)
  const made: Array<Manifest> = []
  try {
    while (frontier.size < head.size) {
      const before = frontier.nodes.map((node) => Buffer.from(node).toString("base64"))
      const from = frontier.size
      const gathered = await gather(leaves, frontier, keys, streams)
      const isLast = frontier.size === head.size
      if (isLast && !equalHash(frontier.root(), head.root))
        throw new DataDirError(`partition ${partition}: the leaves are not those of the checkpoint: run assay verify`)
      const { manifest, files } = packRange(gathered, {
        origin: head.origin,
        partition,
        leaves: { from: base + from, to: base + frontier.size },
        base,
        before,
        checkpoint: isLast ? note : null,
        erasures: gathered.erasures,
        generation: 0,
        next: {
          [STREAMS.audit]: audit,
          ...Object.fromEntries(outcomes.map((outcome) => [STREAMS[outcome], streams.get(outcome)!.next])),
        },
      })
      await staging.put(manifest, files)
      made.push(manifest)
      onRange?.(manifest)
    }
    return made
  } finally {
    await keys.close()
    await leaves.return(undefined)
  }
}

/** Where an export begins: behind the leaves of all events that the log stamped before. */
const firstLeaf = async (
  log: Log,
  partition: number,
  entries: AsyncGenerator<Uint8Array>,
  { audit: from, isSuccessor }: { readonly audit: number; readonly isSuccessor: boolean },
  sinceMs: number,
): Promise<{ readonly frontier: Frontier; readonly audit: number }> => {
  const frontier = new Frontier()
  let audit = from
  const pass = async (): Promise<boolean> => {
    const { value: leaf, done } = await entries.next()
    if (done !== true) frontier.append(leafHash(leaf))
    return done !== true
  }
  if (isSuccessor) await pass()
  for await (const { time, offset } of recordsIn(log, STREAMS.audit, partition, from)) {
    if (time >= sinceMs || !(await pass())) break
    audit = offset + 1
  }
  await entries.return(undefined)
  return { frontier, audit }
}

/** The compact range behind the last manifest, from its own evidence. */
const frontierAfter = (root: string, { before, leaves, base, evidence }: Manifest): Frontier => {
  const frontier = new Frontier(
    leaves.from - base,
    before.map((node) => Buffer.from(node, "base64")),
  )
  for (const { leaf } of unpackEvidence(readFileSync(join(root, evidence.path)))) frontier.append(leafHash(leaf))
  if (frontier.size !== leaves.to - base)
    throw new DataDirError(`${evidence.path} does not have the leaves of its manifest: begin a new export`)
  return frontier
}

/** @throws DataDirError, ManifestError, MissingRecordError: what was exported before stays as it is */
export const exportParquet = async (options: ParquetOptions): Promise<ParquetExported> => {
  await claim(options)
  const all: Array<Manifest> = []
  let [rewritten, forgotten] = [0, 0]
  for (let partition = 0; partition < options.log.partitions; partition++) {
    all.push(...(await exportPartition(options, partition)))
    const taken = await takeOutErased(options.root, partition, options.keysOf)
    rewritten += taken.ranges
    forgotten += taken.messages
  }
  const { root, location, log } = options
  const table = await updateTable({ root, location, partitions: log.partitions })
  const sum = (of: (one: Manifest) => number): number => all.reduce((total, one) => total + of(one), 0)
  return {
    ranges: all.length,
    messages: sum(({ messages }) => messages),
    rows: sum(({ rows }) => rows),
    withheld: sum(({ withheld }) => withheld),
    files: sum(({ files }) => files.length),
    bytes: sum(({ files }) => files.reduce((total, { bytes }) => total + bytes, 0)),
    rewritten,
    forgotten,
    table,
  }
}
