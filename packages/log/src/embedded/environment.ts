/**
 * The LMDB environment of one partition: where bytes lie, and nothing about what they mean.
 *
 * Table `frames`: key u16 stream id + u64 base offset (big endian, so that keys sort by offset), value one frame.
 * Table `rows`: small values by a name whose first letter tells the kind: `e<stream>` extent, `g<group>\0<stream>` position,
 * `c<name>` cell.
 * Table `owner`: one entry, whose version is a random number that each writer puts there when it opens. LMDB compares it in
 * every transaction: whoever opened last writes, anybody before writes nothing more, whatever became of the files that lock.
 *
 * Durability: overlapping sync is off, so LMDB's writer thread (off the JavaScript thread) commits with fdatasync and a synced
 * meta page before the promise resolves, and a reader can never see what a loss of power could still take back.
 */
import { randomInt } from "node:crypto"
import { mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { type Database, open, type RootDatabase } from "lmdb"
import { DataDirError, StorageError } from "../errors.ts"
import { refuseLinks } from "./links.ts"
import { OpeningLock } from "./opening-lock.ts"

/**
 * Address space, not disk, and not a limit: the file grows as needed, and lmdb-js maps more once it is larger than this. Ample
 * from the start, because remapping stops readers; many such maps fit into the 128 TiB of a 64-bit process.
 */
const MAP_BYTES = 256 * 2 ** 30

/** A stream as this partition holds it: its id in keys, the first kept and the next offset, the last stamped time. */
export interface Extent {
  readonly id: number
  readonly start: number
  readonly end: number
  readonly time: number
}

/**
 * - `write`: the one writer of the partition.
 * - `read`: beside the process that writes; the environment must be there.
 * - `share`: beside the thread of this process that writes. A process has one LMDB environment for a path, and whoever opens
 *   it first says how: so it is opened as if for writing, and never written to.
 */
export type Use = "write" | "read" | "share"

/** What one transaction writes. */
export interface Writes {
  readonly frames: ReadonlyArray<{ readonly id: number; readonly base: number; readonly bytes: Uint8Array }>
  readonly removals: ReadonlyArray<{ readonly id: number; readonly base: number }>
  readonly rows: ReadonlyArray<readonly [string, Uint8Array]>
}

const frameKey = (id: number, offset: number): Buffer => {
  const key = Buffer.allocUnsafe(10)
  key.writeUInt16BE(id, 0)
  key.writeUInt32BE(Math.floor(offset / 2 ** 32), 2)
  key.writeUInt32BE(offset >>> 0, 6)
  return key
}

const baseOf = (key: Uint8Array): number => {
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  return view.getUint32(2) * 2 ** 32 + view.getUint32(6)
}

const EXTENT_BYTES = 32

export const encodeExtent = ({ id, start, end, time }: Extent): Uint8Array => {
  // From Buffer's pool, as the next one: LMDB asks once for the address of each memory that it is given.
  const bytes = Buffer.allocUnsafe(EXTENT_BYTES)
  bytes.writeDoubleLE(id, 0)
  bytes.writeDoubleLE(start, 8)
  bytes.writeDoubleLE(end, 16)
  bytes.writeDoubleLE(time, 24)
  return bytes
}

export const decodeExtent = (bytes: Uint8Array): Extent => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, EXTENT_BYTES)
  return {
    id: view.getFloat64(0, true),
    start: view.getFloat64(8, true),
    end: view.getFloat64(16, true),
    time: view.getFloat64(24, true),
  }
}

export const encodeOffset = (offset: number): Uint8Array => {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleLE(offset, 0)
  return bytes
}
export const decodeOffset = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)

/** The most that fits into a version, and no number that LMDB takes for "none". */
const MAX_OWNER = 2 ** 47
const OWNER_KEY = Buffer.from("owner")
/** Only the owner of the directory reads what devices said, whatever the umask. */
const FILE_MODE: object = { permissionsMode: 0o600 } // lmdb-js reads it, and its types do not name it

export class Environment {
  readonly path: string
  /** What this writer put into the table `owner`; null where it only reads. */
  readonly #owned: { readonly table: Database<Uint8Array, Uint8Array>; readonly version: number } | null
  /** The file by which LMDB keeps writers apart: another one in its place would keep nobody apart from us. */
  readonly #lockFile: number | null
  /** Null where it only reads. */
  readonly #opening: OpeningLock | null
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  readonly #frames: Database<Uint8Array, Uint8Array>
  readonly #rows: Database<Uint8Array, Uint8Array>

  /** Throws DataDirError where the environment cannot be opened, or a link stands in the place of it or of a file of it. */
  constructor(path: string, use: Use) {
    this.path = path
    const readOnly = use === "read"
    const codec = { encoding: "binary", keyEncoding: "binary" } as const
    const files = [path, join(path, "data.mdb"), join(path, "lock.mdb")]
    refuseLinks(...files)
    try {
      if (!readOnly) mkdirSync(path, { recursive: true, mode: 0o700 })
      this.#root = open({
        path,
        readOnly,
        ...FILE_MODE,
        mapSize: MAP_BYTES,
        maxDbs: 4,
        overlappingSync: false,
        // Transactions are the explicit batches of `write`: lmdb-js need not collect others at the end of the turn. It still begins each there.
        eventTurnBatching: false,
        ...codec,
      })
      this.#frames = this.#root.openDB({ name: "frames", ...codec })
      this.#rows = this.#root.openDB({ name: "rows", ...codec })
      // LMDB lets no two threads open a table of one environment at once. A sharer is the first and opens all of them, so that
      // whoever comes later only finds them open.
      const owner = readOnly
        ? null
        : this.#root.openDB<Uint8Array, Uint8Array>({ name: "owner", useVersions: true, ...codec })
      this.#owned = owner !== null && use === "write" ? this.#own(owner) : null
      this.#lockFile = use === "write" ? lockFileOf(path) : null
      this.#opening = use === "write" ? new OpeningLock(path) : null
    } catch (cause) {
      throw new DataDirError(`${path} cannot be opened: ${(cause as Error).message}`, { cause })
    }
    refuseLinks(...files)
    // openDB answers undefined for a table that a read-only open may not create.
    if (this.#frames === undefined || this.#rows === undefined)
      throw new DataDirError(`${path} was never finished: open the directory once for writing`)
  }

  /** Every row whose name starts with `kind`, without that letter. */
  rows(kind: "e" | "g" | "c"): ReadonlyArray<readonly [string, Uint8Array]> {
    const end = Buffer.from([kind.charCodeAt(0) + 1])
    const found: Array<readonly [string, Uint8Array]> = []
    for (const { key, value } of this.#rows.getRange({ start: Buffer.from(kind), end }))
      found.push([Buffer.from(key).toString("utf8", 1), Uint8Array.from(value)])
    return found
  }

  /** A copy of the row, or undefined. */
  row(name: string): Uint8Array | undefined {
    return this.#copy(this.#rows.getBinary(Buffer.from(name)))
  }

  /** A copy of the frame with exactly this base, or undefined. */
  frame(id: number, base: number): Uint8Array | undefined {
    return this.#copy(this.#frames.getBinary(frameKey(id, base)))
  }

  /** The base of the last frame that starts at or before `offset`, or undefined. */
  baseBefore(id: number, offset: number): number | undefined {
    const range = { start: frameKey(id, offset), end: frameKey(id, 0), inclusiveEnd: true, reverse: true, limit: 1 }
    for (const key of this.#frames.getKeys(range)) return baseOf(key)
    return undefined
  }

  /** The base of the first frame that starts after `offset`, or undefined. */
  baseAfter(id: number, offset: number): number | undefined {
    const range = { start: frameKey(id, offset + 1), end: frameKey(id + 1, 0), limit: 1 }
    for (const key of this.#frames.getKeys(range)) return baseOf(key)
    return undefined
  }

  /** The bases of the frames that start in `[from, before)`, ascending. */
  bases(id: number, from: number, before: number): ReadonlyArray<number> {
    const found: Array<number> = []
    for (const key of this.#frames.getKeys({ start: frameKey(id, from), end: frameKey(id, before) }))
      found.push(baseOf(key))
    return found
  }

  /**
   * One transaction, resolved when durable. Rejects, and then none of it is there: with DataDirError where another process has
   * become the writer, else with StorageError. One call at a time.
   */
  write(writes: Writes): Promise<void> {
    return this.#opening!.keep(async () => {
      if (lockFileOf(this.path) !== this.#lockFile) throw this.#taken("its lock file was deleted or replaced")
      if (!(await this.#commit(writes))) throw this.#taken("another process has opened it for writing since")
    })
  }

  async #commit({ frames, removals, rows }: Writes): Promise<boolean> {
    const { table, version } = this.#owned!
    try {
      return await table.ifVersion(OWNER_KEY, version, () => {
        for (const { id, base } of removals) this.#frames.remove(frameKey(id, base))
        for (const { id, base, bytes } of frames) this.#frames.put(frameKey(id, base), bytes)
        for (const [name, bytes] of rows) this.#rows.put(Buffer.from(name), bytes)
      })
    } catch (error) {
      const cause = await reasonOf(error)
      throw new StorageError(`${this.path}: the transaction failed and wrote nothing: ${cause.message}`, { cause })
    }
  }

  /** What other threads wrote is seen from now on; else only when the snapshot of this turn of the event loop is over. */
  refresh(): void {
    this.#root.resetReadTxn()
  }

  /**
   * Writes all of it as of one transaction to `<dir>/data.mdb`, without what is free. Beside the writer, which goes on; what it
   * frees meanwhile is kept until the end.
   */
  async copyTo(dir: string): Promise<void> {
    try {
      await this.#root.backup(dir, true)
    } catch (cause) {
      throw new StorageError(`${this.path} cannot be copied to ${dir}: ${(cause as Error).message}`, { cause })
    }
  }

  async close(): Promise<void> {
    this.#opening?.close()
    await this.#root.close()
  }

  #own(table: Database<Uint8Array, Uint8Array>) {
    const version = randomInt(1, MAX_OWNER)
    table.putSync(OWNER_KEY, Buffer.from(`${process.pid}`), version)
    return { table, version }
  }

  #taken(how: string): DataDirError {
    return new DataDirError(
      `${this.path}: ${how}, so this process writes nothing more: see that one process alone runs on the directory, and never delete its lock files`,
    )
  }

  #copy(value: Uint8Array | undefined): Uint8Array | undefined {
    // lmdb-js overrides `length` on its buffers: take a plain view of what was read.
    return value && new Uint8Array(value.buffer, value.byteOffset, value.length)
  }
}

/** Which file is LMDB's lock now; null where there is none. */
const lockFileOf = (path: string): number | null =>
  statSync(join(path, "lock.mdb"), { throwIfNoEntry: false })?.ino ?? null

/** lmdb-js rejects with a general error whose `commitError` promise rejects with LMDB's own. */
const reasonOf = async (error: unknown): Promise<Error> => {
  const { commitError } = error as { commitError?: Promise<never> }
  if (commitError === undefined) return error as Error
  return commitError.catch((reason: Error) => reason)
}
