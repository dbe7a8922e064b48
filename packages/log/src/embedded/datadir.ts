/** The data directory: what kind of log it holds, and that only one process writes to it. */
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { DataDirError } from "../errors.ts"
import { openUnlinked, refuseLinks } from "./links.ts"

/**
 * Raised also where only the stored states change, so that a directory is refused when it is opened, not at its first row.
 * 1 was written by Assay 0.1: other states, and hops in another order of fields. 2 had other states of four services.
 * 3 had audit events and leaves that do not commit to the decided records (ADR 39). 4 had other states of identity-resolver, 5 of all five services,
 * 6 and 7 of the first, third and last. 8 had no evidence among the claims, and another state of the third; 9 had another one of the third and last.
 */
export const FORMAT = 10
const META = "assay.json"
const LOCK = "assay.lock"
export const MAX_PARTITIONS = 1000

/** The content of `assay.json`. */
export interface Meta {
  readonly format: number
  readonly partitions: number
  readonly epoch: number
  /** Milliseconds since 1970. */
  readonly genesis: number
}

/** The directory of one partition's environment: `<dir>/p007`. */
export const partitionDir = (dir: string, partition: number): string =>
  join(dir, `p${String(partition).padStart(3, "0")}`)

export const syncDir = (dir: string): void => {
  const fd = openSync(dir, "r")
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const readText = (path: string): string => {
  const fd = openUnlinked(path, constants.O_RDONLY)
  try {
    return readFileSync(fd, "utf8")
  } finally {
    closeSync(fd)
  }
}

/** The directory's meta, or null where there is none. Throws DataDirError for one that this version cannot read. */
export const readMeta = (dir: string): Meta | null => {
  const path = join(dir, META)
  refuseLinks(path)
  if (!existsSync(path)) return null
  let meta: Partial<Record<keyof Meta, unknown>>
  try {
    meta = JSON.parse(readText(path))
  } catch (cause) {
    if (cause instanceof DataDirError) throw cause
    throw new DataDirError(`${path} is not readable JSON: restore it from a backup or choose another directory`, {
      cause,
    })
  }
  const { format, partitions, epoch, genesis } = meta ?? {}
  if (format === 1)
    throw new DataDirError(
      `${dir} was written by Assay 0.1, which this version cannot read: keep it and read it with 0.1 (\`assay verify\`, \`assay replay\`), and start this version on a new directory`,
    )
  if (format !== FORMAT)
    throw new DataDirError(
      `${dir} holds a log of format ${String(format)}, this version reads format ${FORMAT}: open it with the version that wrote it, or choose an empty directory`,
    )
  if (!isNatural(partitions) || partitions < 1 || !isNatural(epoch) || !isNatural(genesis))
    throw new DataDirError(`${path} lacks partitions, epoch or genesis: restore it from a backup`)
  return { format, partitions, epoch, genesis }
}

/** Writes the meta of a new log so that it is there as a whole or not at all. */
export const createMeta = (dir: string, meta: Meta): void => {
  const strangers = readdirSync(dir).filter((name) => !name.startsWith(LOCK) && !name.startsWith(META))
  if (strangers.some((name) => /^p\d{3}$/.test(name)))
    throw new DataDirError(
      `${dir} has partitions but no ${META}: restore it from a backup or choose an empty directory`,
    )
  const temporary = join(dir, `${META}.new`)
  const fd = openUnlinked(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600)
  try {
    writeSync(fd, `${JSON.stringify(meta, null, 2)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, join(dir, META))
  syncDir(dir)
}

/** Refuses a caller that expects another shape than the directory has. */
export const checkShape = (
  dir: string,
  meta: Meta,
  partitions: number | undefined,
  epoch: number | undefined,
): void => {
  if (partitions !== undefined && partitions !== meta.partitions)
    throw new DataDirError(
      `${dir} has ${meta.partitions} partitions, asked for ${partitions}: partitions are fixed for an epoch. Ask for ${meta.partitions}, or start a new epoch in an empty directory`,
    )
  if (epoch !== undefined && epoch !== meta.epoch)
    throw new DataDirError(
      `${dir} is of epoch ${meta.epoch}, asked for ${epoch}: start a new epoch in an empty directory`,
    )
}

/**
 * SQLite would make it readable for everybody. One that is there is not opened: closing it would drop the lock that another part
 * of this process may hold (POSIX, fcntl).
 */
export const makeLockFile = (path: string): void => {
  try {
    closeSync(openSync(path, "wx", 0o600))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
  }
}

/** SQLite opens by path, and would follow a link also in the place of a journal, which it looks for. */
export const lockFiles = (path: string): ReadonlyArray<string> => [
  path,
  `${path}-journal`,
  `${path}-wal`,
  `${path}-shm`,
]

/** SQLite's answer where somebody else has the lock. */
export const isBusy = (cause: unknown): boolean => (cause as { errcode?: number } | undefined)?.errcode === 5

/**
 * Takes the directory for this writer; returns what releases it. The operating system drops the lock with the process, also
 * after kill -9. Node has no flock, so an exclusive SQLite transaction on an empty file stands in for it: it holds against
 * other processes, other containers on the same disk, and a second open in this process. Where somebody deletes the file all the
 * same, a second writer gets in, and the first one finds out at its next transaction (`environment.ts`).
 */
export const lockDir = (dir: string): (() => void) => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, LOCK)
  let lock: DatabaseSync | undefined
  refuseLinks(...lockFiles(path))
  try {
    makeLockFile(path)
    const { ino } = lstatSync(path)
    lock = new DatabaseSync(path)
    lock.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE")
    refuseLinks(...lockFiles(path))
    if (lstatSync(path).ino !== ino) throw new DataDirError(`${path} was replaced while it was opened: start again`)
  } catch (cause) {
    lock?.close()
    if (cause instanceof DataDirError) throw cause
    throw new DataDirError(
      isBusy(cause)
        ? `${dir} is open in another writer: stop that process first, or open read-only`
        : `${path} cannot be locked: ${(cause as Error).message}`,
      { cause },
    )
  }
  const held = lock
  return () => {
    if (held.isOpen) held.close()
  }
}
