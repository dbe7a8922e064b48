/**
 * What an index holds, in one small file that is replaced as a whole: files that it does not name, and what lies behind the lengths that it
 * names, were not finished and count for nothing.
 */
import { randomBytes } from "node:crypto"
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"

export interface SegmentFile {
  readonly file: string
  readonly rows: number
  /** Milliseconds since 1970: the latest decision in it. */
  readonly latest: number
}

export interface PartitionContents {
  /** The next offset of each stream. */
  readonly next: Readonly<Record<string, number>>
  readonly segments: ReadonlyArray<SegmentFile>
  /** Bytes that count, of what devices have shown, and of the origins that were taken back. */
  readonly shown: number
  readonly revoked: number
}

export interface Contents {
  readonly v: 2
  readonly epoch: number
  readonly genesis: number
  /** Hex of 32 random bytes: under it the names of signers are hashed, so that no file names a device. */
  readonly key: string
  readonly partitions: ReadonlyArray<PartitionContents>
}

const FILE = "index.json"

export const newContents = (log: {
  readonly epoch: number
  readonly genesis: number
  readonly partitions: number
}): Contents => ({
  v: 2,
  epoch: log.epoch,
  genesis: log.genesis,
  key: randomBytes(32).toString("hex"),
  partitions: Array.from({ length: log.partitions }, () => ({ next: {}, segments: [], shown: 0, revoked: 0 })),
})

/** Null where there is none, or one whose rows named no keys of documents: it is made anew. @throws Error that says what is wrong with it */
export const readContents = (dir: string): Contents | null => {
  const path = join(dir, FILE)
  if (!existsSync(path)) return null
  let found: (Partial<Omit<Contents, "v">> & { readonly v?: number }) | null
  try {
    found = JSON.parse(readFileSync(path, "utf8")) as typeof found
  } catch {
    found = null
  }
  if (found?.v === 1) return null
  if (found?.v !== 2 || !Array.isArray(found.partitions) || !/^[0-9a-f]{64}$/.test(found.key ?? ""))
    throw new Error(`${path} is no index of this version: remove the directory, it is made anew`)
  return found as Contents
}

const sync = (path: string): void => {
  const file = openSync(path, "r")
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export const writeContents = (dir: string, contents: Contents): void => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, FILE)
  writeFileSync(`${path}.new`, JSON.stringify(contents), { mode: 0o600 })
  sync(`${path}.new`)
  renameSync(`${path}.new`, path)
  sync(dir)
}

/**
 * Appends to a file, and is back when that is on the disk.
 * @param before how many bytes of the file count
 * @returns how many count then
 */
export const appendDurably = (path: string, bytes: Uint8Array, before: number): number => {
  if (bytes.length === 0) return before
  appendFileSync(path, bytes, { mode: 0o600 })
  sync(path)
  return before + bytes.length
}
