/**
 * Keeps the opening of an environment by a reader apart from the transactions of its writer, by a lock file beside it.
 *
 * Taking it costs more than a small transaction, so the writer keeps it while transactions follow each other, and gives it up when
 * they rest, or when a second file beside it says that somebody waits.
 *
 * Whoever opens an environment notes in LMDB's lock file which transaction is the newest, as it has read it a moment before
 * (mdb_env_open2). The writer goes by that note: where it has committed in between, it would go on from the transaction before, and
 * lose one that was acknowledged, fail, or crash. LMDB has that corrected as ITS#9496; the copy in lmdb-js 3.5.6 has it not.
 */
import { accessSync, closeSync, constants, rmSync, statSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import { setTimeout as delay } from "node:timers/promises"
import { StorageError } from "../errors.ts"
import { isBusy, lockFiles, makeLockFile } from "./datadir.ts"
import { openUnlinked, refuseLinks } from "./links.ts"

const OPENING_LOCK = "open.lock"
/** There while somebody waits for the lock. */
const OPENING_WANTED = "open.wanted"
/** An opening and a transaction take milliseconds. Whoever was stopped in the middle of one has the lock until it goes on or ends. */
const WAIT_MS = 10_000
const AGAIN_MS = 1
/** Who waits says so at each try. What is older was left by somebody who ended, or was stopped. */
const WANTED_MS = 1_000
/** The writer gives the lock up where no transaction began for so long. */
const REST_MS = 20
/** It gives it up so often in any case, and for so long: for who may not write the second file, or does not know of it. */
const KEPT_MS = 500
const GAP_MS = 3

/** SQLITE_FULL */
const FULL = 13
const isFull = (cause: unknown): boolean => (cause as { readonly errcode?: number }).errcode === FULL

export class OpeningLock {
  readonly #path: string
  readonly #wanted: string
  readonly #db: DatabaseSync
  #begin: StatementSync | null = null
  /** Since when; null where it is not kept. */
  #kept: number | null = null
  #usedAt = 0
  #isUsed = false
  #resting: NodeJS.Timeout | null = null

  /** @param dir of the environment; it must be there. @throws DataDirError where a link stands in the place of the file */
  constructor(dir: string) {
    this.#path = join(dir, OPENING_LOCK)
    this.#wanted = join(dir, OPENING_WANTED)
    refuseLinks(...lockFiles(this.#path), this.#wanted)
    makeLockFile(this.#path)
    // What cannot be written cannot be locked, and SQLite would say so late.
    accessSync(this.#path, constants.W_OK)
    this.#db = new DatabaseSync(this.#path)
    refuseLinks(...lockFiles(this.#path))
  }

  /** Nobody else holds it meanwhile. One call at a time. @throws StorageError where it cannot be had in time */
  async hold<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    await this.#wait(performance.now())
    try {
      return await work()
    } finally {
      this.#db.exec("ROLLBACK")
    }
  }

  /**
   * As `hold`, and it is kept for what comes next, until nothing came for a while or somebody else wants it.
   * @throws StorageError as `hold`
   */
  async keep<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const since = performance.now()
    if (this.#kept !== null && since - this.#kept > KEPT_MS) {
      this.#giveUp()
      await delay(GAP_MS)
    }
    if (this.#kept !== null && this.#isWanted()) this.#giveUp()
    if (this.#kept === null) {
      // Whoever wanted it goes first.
      while (this.#isWanted() && performance.now() - since < WAIT_MS) await delay(AGAIN_MS)
      await this.#wait(since)
      this.#kept = performance.now()
    }
    this.#isUsed = true
    try {
      return await work()
    } finally {
      this.#isUsed = false
      this.#usedAt = performance.now()
      this.#resting ??= this.#restIn(REST_MS)
    }
  }

  close(): void {
    if (this.#resting !== null) clearTimeout(this.#resting)
    this.#db.close()
  }

  async #wait(since: number): Promise<void> {
    let said = false
    try {
      while (!this.#take()) {
        if (performance.now() - since > WAIT_MS)
          throw new StorageError(
            `${this.#path} has been locked for ${WAIT_MS / 1_000} s: see which process on the directory stands still, and end it`,
          )
        said = this.#want() || said
        await delay(AGAIN_MS)
      }
    } finally {
      if (said) rmSync(this.#wanted, { force: true })
    }
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

  /** @returns false where it may not be said */
  #want(): boolean {
    const { O_WRONLY, O_CREAT } = constants
    const now = new Date()
    try {
      closeSync(openUnlinked(this.#wanted, O_WRONLY | O_CREAT, 0o600))
      utimesSync(this.#wanted, now, now)
      return true
    } catch (cause) {
      if (UNWRITABLE.has((cause as NodeJS.ErrnoException).code)) return false
      throw cause
    }
  }

  #isWanted(): boolean {
    const wanted = statSync(this.#wanted, { throwIfNoEntry: false })
    if (wanted === undefined) return false
    if (Math.abs(Date.now() - wanted.mtimeMs) < WANTED_MS) return true
    rmSync(this.#wanted, { force: true, recursive: true })
    return false
  }

  #giveUp(): void {
    this.#kept = null
    this.#db.exec("ROLLBACK")
  }

  #restIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#resting = null
      if (this.#kept === null) return
      const rested = this.#isUsed ? 0 : performance.now() - this.#usedAt
      if (rested >= REST_MS || this.#isWanted()) {
        if (!this.#isUsed) this.#giveUp()
      } else this.#resting = this.#restIn(REST_MS - rested)
    }, ms).unref()
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
