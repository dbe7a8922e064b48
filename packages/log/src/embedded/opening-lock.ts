/**
 * Keeps the opening of an environment by a reader apart from the transactions of its writer, by a lock file beside it.
 *
 * Whoever opens an environment notes in LMDB's lock file which transaction is the newest, as it has read it a moment before
 * (mdb_env_open2). The writer goes by that note: where it has committed in between, it would go on from the transaction before, and
 * lose one that was acknowledged, fail, or crash. LMDB has that corrected as ITS#9496; the copy in lmdb-js 3.5.6 has it not.
 */
import { accessSync, constants } from "node:fs"
import { join } from "node:path"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import { setTimeout as delay } from "node:timers/promises"
import { StorageError } from "../errors.ts"
import { isBusy, lockFiles, makeLockFile } from "./datadir.ts"
import { refuseLinks } from "./links.ts"

export const OPENING_LOCK = "open.lock"
/** An opening and a transaction take milliseconds. Whoever was stopped in the middle of one has the lock until it goes on or ends. */
const WAIT_MS = 10_000
const AGAIN_MS = 1

/** SQLITE_FULL */
const FULL = 13
const isFull = (cause: unknown): boolean => (cause as { readonly errcode?: number }).errcode === FULL

export class OpeningLock {
  readonly #path: string
  readonly #db: DatabaseSync
  #begin: StatementSync | null = null

  /** @param dir of the environment; it must be there. @throws DataDirError where a link stands in the place of the file */
  constructor(dir: string) {
    this.#path = join(dir, OPENING_LOCK)
    refuseLinks(...lockFiles(this.#path))
    makeLockFile(this.#path)
    // What cannot be written cannot be locked, and SQLite would say so late.
    accessSync(this.#path, constants.W_OK)
    this.#db = new DatabaseSync(this.#path)
    refuseLinks(...lockFiles(this.#path))
  }

  /** Nobody else holds it meanwhile. One call at a time. @throws StorageError where it cannot be had in time */
  async hold<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    for (const end = performance.now() + WAIT_MS; !this.#take(); await delay(AGAIN_MS))
      if (performance.now() > end)
        throw new StorageError(
          `${this.#path} has been locked for ${WAIT_MS / 1_000} s: see which process on the directory stands still, and end it`,
        )
    try {
      return await work()
    } finally {
      this.#db.exec("ROLLBACK")
    }
  }

  close(): void {
    this.#db.close()
  }

  #take(): boolean {
    try {
      if (this.#begin === null) {
        // Nothing is ever written to the file: without a journal it is locked in a quarter of the time.
        this.#db.exec("PRAGMA journal_mode = OFF")
        this.#begin = this.#db.prepare("BEGIN EXCLUSIVE")
      }
      this.#begin.run()
      return true
    } catch (cause) {
      if (isBusy(cause)) return false
      if (isFull(cause)) throw new StorageError(`no space is left on the disk of ${this.#path}: free some`, { cause })
      throw new StorageError(`${this.#path} cannot be locked: ${(cause as Error).message}`, { cause })
    }
  }
}

/** Where nothing may be written, LMDB notes nothing either. */
const UNWRITABLE: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EROFS", "ENOENT"])

/** Opens an environment for reading while its writer is between two transactions. */
export const openApart = async <Opened>(dir: string, open: () => Opened): Promise<Opened> => {
  let lock: OpeningLock
  try {
    lock = new OpeningLock(dir)
  } catch (cause) {
    if (UNWRITABLE.has((cause as NodeJS.ErrnoException).code)) return open()
    throw cause
  }
  try {
    return await lock.hold(open)
  } finally {
    lock.close()
  }
}
