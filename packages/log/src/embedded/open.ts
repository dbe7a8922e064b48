/** The embedded engine: a data directory of LMDB environments behind the port. */
import { DataDirError } from "../errors.ts"
import type { Cells, Commit, Log, NewRecord, StreamPartition } from "../port.ts"
import {
  checkShape,
  createMeta,
  FORMAT,
  lockDir,
  MAX_PARTITIONS,
  type Meta,
  partitionDir,
  readMeta,
} from "./datadir.ts"
import type { Use } from "./environment.ts"
import { openApart } from "./opening-lock.ts"
import { Partition } from "./partition.ts"

const DEFAULT_PARTITIONS = 4
export const DEFAULT_CACHE_BYTES = 64 << 20
/** One record's key and value together; larger things belong in a file, with their hash in the log. */
const MAX_RECORD_BYTES = 64 << 20
/** Stream, group and cell names become LMDB keys, which end at 1978 bytes. */
const MAX_NAME_BYTES = 512

export interface EmbeddedOptions {
  readonly dir: string
  /** For a new directory (default 4); for an existing one it must agree, if given. */
  readonly partitions?: number
  /** For a new directory (default 1); for an existing one it must agree, if given. */
  readonly epoch?: number
  /** Reads what another process writes; every write is refused. The directory must exist. */
  readonly readOnly?: boolean
  /** Milliseconds since 1970; tests inject one. */
  readonly clock?: () => number
  /** Memory for recently written frames, over all partitions (default 64 MiB). */
  readonly cacheBytes?: number
}

/**
 * Opens the directory, creating it where it does not exist. Rejects with DataDirError where another writer has it, where it is
 * of another format, partition count or epoch, or where it cannot be opened. Keys and values handed to the log must not be
 * changed until the call has resolved; those it returns are views that several readers may share, never to be written to.
 */
export const openEmbedded = async (options: EmbeddedOptions): Promise<Log> => {
  const { dir, readOnly = false } = options
  const unlock = readOnly ? () => {} : lockDir(dir)
  const use: Use = readOnly ? "read" : "write"
  let opened: ReadonlyArray<Partition> = []
  try {
    const meta = openMeta(options)
    opened = await openPartitions(dir, meta, options, () => use)
    return logOver(meta, opened, async () => {
      await closeAll(opened)
      unlock()
    })
  } catch (error) {
    unlock()
    throw error
  }
}

const clockOf =
  ({ clock = Date.now }: Pick<EmbeddedOptions, "clock">) =>
  (): number =>
    Math.floor(clock())

/** The meta of the directory, which is made where there is none. @throws DataDirError where it is not as the options ask */
export const openMeta = (options: EmbeddedOptions): Meta => {
  const meta = readMeta(options.dir) ?? create(options, clockOf(options))
  checkShape(options.dir, meta, options.partitions, options.epoch)
  return meta
}

/** All partitions, each for its use. Where one cannot be opened none stays open. */
export const openPartitions = async (
  dir: string,
  meta: Meta,
  options: Pick<EmbeddedOptions, "clock" | "cacheBytes">,
  useOf: (partition: number) => Use,
): Promise<ReadonlyArray<Partition>> => {
  const cacheBytes = (options.cacheBytes ?? DEFAULT_CACHE_BYTES) / meta.partitions
  const opened: Array<Partition> = []
  try {
    for (let n = 0; n < meta.partitions; n++) {
      const [path, use] = [partitionDir(dir, n), useOf(n)]
      const make = (): Partition => new Partition(path, { use, clock: clockOf(options), cacheBytes })
      opened.push(use === "read" ? await openApart(path, make) : make())
    }
    return opened
  } catch (error) {
    await closeAll(opened)
    throw error
  }
}

export const closeAll = async (opened: ReadonlyArray<Partition>): Promise<void> => {
  for (const partition of opened) await partition.close()
}

const create = (
  { dir, partitions = DEFAULT_PARTITIONS, epoch = 1, readOnly }: EmbeddedOptions,
  now: () => number,
): Meta => {
  if (readOnly) throw new DataDirError(`${dir} holds no log: create one by opening it for writing`)
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS)
    throw new RangeError(`partitions must be 1 to ${MAX_PARTITIONS}, not ${partitions}`)
  const meta = { format: FORMAT, partitions, epoch, genesis: now() }
  createMeta(dir, meta)
  return meta
}

/** What a partition does; a thread that has not the partition asks the one that has. */
export type OpenPartition = Pick<
  Partition,
  "append" | "commit" | "swap" | "read" | "extent" | "position" | "cell" | "waitFor"
>

/**
 * The port over open partitions.
 * @param assigned the partitions that `join` gives out; all where left out
 */
export const logOver = (
  { partitions, epoch, genesis }: Meta,
  opened: ReadonlyArray<OpenPartition>,
  close: () => Promise<void>,
  assigned: ReadonlySet<number> = new Set(opened.keys()),
): Log => {
  const at = (partition: number): OpenPartition => {
    const found = opened[partition]
    if (found === undefined) throw new RangeError(`partition ${partition} is outside 0 to ${partitions - 1}`)
    return found
  }
  const cells: Cells = {
    get: async (partition, name) => at(partition).cell(checkName(name)),
    swap: async (partition, name, expected, value) => at(partition).swap(checkName(name), expected, value),
  }
  return {
    partitions,
    epoch,
    genesis,
    traits: { engine: "embedded", headers: false, compacts: false, expires: false, shared: false },
    append: async ({ stream, partition }: StreamPartition, records: ReadonlyArray<NewRecord>) =>
      at(partition).append(checkName(stream), checkRecords(records)),
    read: async ({ stream, partition }, from, maxRecords, maxBytes) =>
      at(partition).read(stream, checkOffset(from), maxRecords, maxBytes),
    bounds: async ({ stream, partition }) => {
      const { start, end } = at(partition).extent(stream)
      return { start, end }
    },
    position: async (group, { stream, partition }) => at(partition).position(group, stream),
    // The directory has one writer process, and it forgets no position: there is nobody to fence or to share with.
    take: async (group, { stream, partition }) => at(partition).position(group, stream),
    join: async (_group, _stream, onAssigned) => {
      onAssigned(assigned)
      return { confirm: async () => true, leave: async () => undefined }
    },
    commit: async (partition, commit) => at(partition).commit(checkCommit(commit)),
    waitFor: async ({ stream, partition }, from, signal) => at(partition).waitFor(stream, from, signal),
    cells,
    close,
  }
}

const checkName = (name: string): string => {
  if (name.length === 0 || name.includes("\0") || Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new RangeError(`not a name of 1 to ${MAX_NAME_BYTES} bytes without NUL: ${JSON.stringify(name.slice(0, 80))}`)
  return name
}

const checkOffset = (offset: number): number => {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`not an offset: ${offset}`)
  return offset
}

const checkRecords = (records: ReadonlyArray<NewRecord>): ReadonlyArray<NewRecord> => {
  for (const { key, value } of records)
    if (key.length + value.length > MAX_RECORD_BYTES)
      throw new RangeError(`a record of ${key.length + value.length} bytes is larger than ${MAX_RECORD_BYTES}`)
  return records
}

const checkCommit = (commit: Commit): Commit => {
  checkName(commit.group)
  checkName(commit.stream)
  if (checkOffset(commit.next) < checkOffset(commit.from))
    throw new RangeError(`a position only moves forward: from ${commit.from} to ${commit.next}`)
  for (const { stream, records } of commit.outputs) {
    checkName(stream)
    checkRecords(records)
  }
  for (const { stream, before } of commit.truncate ?? []) {
    checkName(stream)
    checkOffset(before)
  }
  return commit
}
