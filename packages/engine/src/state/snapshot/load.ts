/** Reads a local snapshot: in one pass to see that it is whole, in a second to use it. */
import { createHash } from "node:crypto"
import { constants } from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { LinkedFileError, openUnlinked } from "@assay/transparency/storage"
import {
  END,
  HASH_BYTES,
  LEAD_BYTES,
  MAGIC,
  MAX_BYTES,
  type SnapshotHeader,
  type SnapshotIdentity,
  VERSION,
} from "./format.ts"

const CHUNK_BYTES = 1 << 20
const MAX_AGE_MS = 23 * 3_600_000

export interface Wanted {
  readonly file: string
  readonly identity: SnapshotIdentity
  /** Of the changelog, now. */
  readonly bounds: { readonly start: number; readonly end: number }
  readonly maxAgeMs: number | undefined
}

export interface Loaded {
  readonly header: SnapshotHeader
  readonly records: number
}

/** The file cannot be used, and why; the whole changelog will do. */
export class SnapshotRefused extends Error {
  override readonly name = "SnapshotRefused"
}

/**
 * Calls `each` with every record, in the order in which they were written.
 * @returns null where there is no file
 * @throws SnapshotRefused for one that is broken, somebody else's or too old; what `each` throws; errors of the disk
 */
export const loadSnapshot = async (
  wanted: Wanted,
  each: (key: string, value: Uint8Array) => void,
): Promise<Loaded | null> => {
  const handle = await openUnlinked(wanted.file, constants.O_RDONLY).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null
    if (cause instanceof LinkedFileError) throw new SnapshotRefused("it is a symbolic link")
    throw cause
  })
  if (handle === null) return null
  try {
    const { size } = await handle.stat()
    const from = new Source(handle, size)
    const header = await readHeader(from)
    check(header, wanted)
    if (!(await isWhole(handle, size))) throw new SnapshotRefused("its checksum is wrong")
    return { header, records: await readRecords(from, each) }
  } finally {
    await handle.close()
  }
}

/** Reads a file in order, in large chunks. */
class Source {
  private readonly handle: FileHandle
  private readonly size: number
  private chunk = Buffer.alloc(0)
  private at = 0

  constructor(handle: FileHandle, size: number) {
    this.handle = handle
    this.size = size
  }

  /** The next bytes; a view into a chunk, or a copy. */
  async take(count: number): Promise<Buffer> {
    if (this.chunk.length < count) await this.more(count - this.chunk.length)
    const taken = this.chunk.subarray(0, count)
    this.chunk = this.chunk.subarray(count)
    return taken
  }

  /** Whether `count` bytes can be taken without reading. */
  has(count: number): boolean {
    return this.chunk.length >= count
  }

  /** As `take`, of what is there. */
  now(count: number): Buffer {
    const taken = this.chunk.subarray(0, count)
    this.chunk = this.chunk.subarray(count)
    return taken
  }

  private async more(missing: number): Promise<void> {
    if (this.at + missing > this.size) throw new SnapshotRefused("it ends too early")
    const wanted = Math.min(Math.max(missing, CHUNK_BYTES), this.size - this.at)
    const bytes = Buffer.allocUnsafe(wanted)
    const { bytesRead } = await this.handle.read(bytes, 0, wanted, this.at)
    if (bytesRead < missing) throw new SnapshotRefused("it ends too early")
    this.at += bytesRead
    this.chunk = Buffer.concat([this.chunk, bytes.subarray(0, bytesRead)])
  }
}

const lengthOf = (bytes: Buffer, at: number): number => {
  const length = bytes.readUInt32BE(at)
  if (length > MAX_BYTES) throw new SnapshotRefused(`it has a length of ${length} bytes`)
  return length
}

const readHeader = async (from: Source): Promise<SnapshotHeader> => {
  const lead = await from.take(LEAD_BYTES)
  if (!lead.subarray(0, MAGIC.length).equals(MAGIC)) throw new SnapshotRefused("it is no snapshot")
  const version = lead.readUInt32BE(MAGIC.length)
  if (version !== VERSION) throw new SnapshotRefused(`it is of version ${version}, this Assay reads ${VERSION}`)
  const text = (await from.take(lengthOf(lead, MAGIC.length + 4))).toString("utf8")
  try {
    return JSON.parse(text) as SnapshotHeader
  } catch {
    throw new SnapshotRefused("its header is no JSON")
  }
}

const check = (header: SnapshotHeader, { identity, bounds, maxAgeMs = MAX_AGE_MS }: Wanted): void => {
  for (const [name, expected] of Object.entries(identity)) {
    const found = JSON.stringify(header[name as keyof SnapshotIdentity])
    if (found !== JSON.stringify(expected))
      throw new SnapshotRefused(`its ${name} is ${found}, not ${JSON.stringify(expected)}`)
  }
  const { offset, takenAt } = header
  const age = Date.now() - takenAt
  // A clock that was set back says nothing about the age.
  if (!(age >= 0 && age < maxAgeMs)) throw new SnapshotRefused(`it is ${Math.round(age / 1000)} s old`)
  if (!(offset >= bounds.start && offset <= bounds.end))
    throw new SnapshotRefused(`its offset ${offset} is outside ${bounds.start} to ${bounds.end} of the changelog`)
}

const isWhole = async (handle: FileHandle, size: number): Promise<boolean> => {
  const digest = createHash("sha256")
  const bytes = Buffer.allocUnsafe(CHUNK_BYTES)
  const end = size - HASH_BYTES
  for (let at = 0; at < end; ) {
    const { bytesRead } = await handle.read(bytes, 0, Math.min(CHUNK_BYTES, end - at), at)
    if (bytesRead === 0) return false
    digest.update(bytes.subarray(0, bytesRead))
    at += bytesRead
  }
  const kept = Buffer.alloc(HASH_BYTES)
  await handle.read(kept, 0, HASH_BYTES, end)
  return end > 0 && digest.digest().equals(kept)
}

const readRecords = async (from: Source, each: (key: string, value: Uint8Array) => void): Promise<number> => {
  for (let records = 0; ; records++) {
    const length = from.has(4) ? from.now(4) : await from.take(4)
    if (length.readUInt32BE(0) === END) return records
    const keyBytes = lengthOf(length, 0)
    const valueBytes = lengthOf(from.has(4) ? from.now(4) : await from.take(4), 0)
    const record = from.has(keyBytes + valueBytes)
      ? from.now(keyBytes + valueBytes)
      : await from.take(keyBytes + valueBytes)
    each(record.toString("utf8", 0, keyBytes), record.subarray(keyBytes))
  }
}
