/**
 * Takes snapshots of a table while it is at work. Rows are encoded in slices of 2 ms, one after each commit and as many as
 * there is time for while nothing is to be read, so that no batch waits for a whole table. Measured on two cores: 30,000
 * rows of five stages (30 MB) are 90 slices, 0.3 s where nothing else is to do. No copy is made and no row is held back: the
 * picture may be fuzzy (see `format.ts`). It must only never hold what is not committed, so slices lie between a commit and
 * the next batch.
 *
 * Encoded bytes go to the disk beside the work, into `<file>.new`, which takes the place of the last snapshot once it is synced.
 * A failure is reported and costs nothing but the snapshot.
 */
import { createHash, type Hash } from "node:crypto"
import { constants } from "node:fs"
import { type FileHandle, open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { openUnlinked } from "@assay/transparency/storage"
import { encodeRow, RUNNER_KEY } from "../changelog.ts"
import { encodeProgress, PROGRESS_KEY, type Progress } from "../progress.ts"
import type { Restored } from "../restore.ts"
import type { StateTable } from "../table.ts"
import {
  END,
  encodeLead,
  encodeRecord,
  type LocalSnapshots,
  type SnapshotIdentity,
  type SnapshotOptions,
  snapshotFile,
} from "./format.ts"

/** What somebody put in its place is not written through. */
const REPLACE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC
const EVERY_MS = 300_000
const SLICE_MS = 2
/** Rows between two looks at the clock. */
const ROWS_PER_LOOK = 16
/** Encoded and not yet on disk: above it, slices wait for the disk. */
const WAITING_BYTES = 8 << 20
const AT_STOP_MS = 5_000

/** What is durable, just after a commit. */
export interface Committed extends Progress {
  /** The offset of its first record in the changelog; negative where the engine could not tell. */
  readonly changelogOffset: number
  /** The runner's own state; asked for when a snapshot begins. */
  readonly runner: () => Uint8Array
}

interface Taking {
  readonly startedAt: number
  readonly file: Promise<FileHandle>
  readonly digest: Hash
  /** The number of the row to look at next, and the one after the last that was there when it began. */
  next: number
  readonly end: number
  written: number
  bytes: number
  waiting: number
  /** Everything handed to the disk so far. */
  writes: Promise<void>
  sealed: boolean
}

export class SnapshotWriter {
  private readonly options: SnapshotOptions
  private readonly identity: SnapshotIdentity
  private readonly table: StateTable
  private readonly path: string
  private taking: Taking | null = null
  private lastAt: number
  private batches = 0
  private last: Committed | null = null
  /** In the changelog, at or below the first record that the table does not contain. */
  private offset: number

  /** @param restored what the table was restored from */
  constructor(
    { options, identity }: LocalSnapshots,
    { table, end, snapshotAt }: Pick<Restored, "table" | "end" | "snapshotAt">,
  ) {
    this.options = options
    this.identity = identity
    this.table = table
    this.path = snapshotFile(options.dir, identity)
    this.lastAt = snapshotAt
    this.offset = end
  }

  /** Called after each commit, before the next batch is judged. */
  committed(now: Committed): void {
    this.last = now
    this.batches++
    if (now.changelogOffset >= 0) this.offset = now.changelogOffset
    const { everyMs = EVERY_MS, everyBatches = Number.POSITIVE_INFINITY } = this.options
    const due = this.batches >= everyBatches || Date.now() - this.lastAt >= everyMs
    if (this.taking === null && due) this.begin(now)
    this.slice()
  }

  /** Encodes one slice where there is something to do; the table must hold nothing that is not committed. */
  slice(): void {
    const { taking } = this
    if (taking === null || taking.sealed || taking.waiting > WAITING_BYTES) return
    const parts: Array<Uint8Array> = []
    const until = performance.now() + SLICE_MS
    while (
      taking.next < taking.end &&
      (taking.next % ROWS_PER_LOOK !== 0 || performance.now() < until || parts.length === 0)
    ) {
      const device = this.table.keyAt(taking.next++)
      if (device === null) continue
      parts.push(encodeRecord(Buffer.from(device), encodeRow(this.table.stages, device, this.table.rowOf(device))))
      taking.written++
    }
    this.write(taking, parts)
    if (taking.next === taking.end) this.seal(taking)
  }

  /** Resolves when another slice is worth calling for, or at once where none is being taken. @returns whether one is */
  async ready(): Promise<boolean> {
    const { taking } = this
    if (taking === null || taking.sealed) return false
    if (taking.waiting > WAITING_BYTES) await taking.writes
    else await new Promise<void>((resolve) => setImmediate(resolve))
    return this.taking === taking && !taking.sealed
  }

  /** The runner stops: finishes what was begun, or takes one where something was committed since the last. */
  async stop(): Promise<void> {
    if (this.options.atStop ?? true) {
      if (this.taking === null && this.last !== null && this.batches > 0) this.begin(this.last)
      for (const until = performance.now() + AT_STOP_MS; performance.now() < until; ) {
        this.slice()
        if (!(await this.ready())) break
      }
    }
    const { taking } = this
    if (taking === null) return
    if (taking.sealed) await taking.writes
    else await this.abandon()
  }

  /** Gives up what was begun. */
  async abandon(): Promise<void> {
    const { taking } = this
    if (taking === null || taking.sealed) return
    this.taking = null
    await taking.writes
    await discard(taking, this.temporary)
  }

  private get temporary(): string {
    return `${this.path}.new`
  }

  private begin({ next, lastTime, runner }: Committed): void {
    const takenAt = Date.now()
    this.lastAt = takenAt
    this.batches = 0
    const file = openUnlinked(this.temporary, REPLACE, 0o600)
    file.catch(() => undefined) // reported by the first write
    const taking: Taking = {
      startedAt: performance.now(),
      file,
      digest: createHash("sha256"),
      next: 0,
      end: this.table.end,
      written: 0,
      bytes: 0,
      waiting: 0,
      writes: Promise.resolve(),
      sealed: false,
    }
    this.taking = taking
    this.write(taking, [
      encodeLead({ ...this.identity, offset: this.offset, takenAt }),
      encodeRecord(Buffer.from(RUNNER_KEY), runner()),
      encodeRecord(Buffer.from(PROGRESS_KEY), encodeProgress({ next, lastTime })),
    ])
  }

  private write(taking: Taking, parts: ReadonlyArray<Uint8Array>, hashed = true): void {
    const bytes = Buffer.concat(parts)
    if (bytes.length === 0) return
    if (hashed) taking.digest.update(bytes)
    taking.bytes += bytes.length
    taking.waiting += bytes.length
    taking.writes = taking.writes
      .then(async () => {
        if (this.taking !== taking) return
        await (await taking.file).writeFile(bytes)
        taking.waiting -= bytes.length
      })
      .catch((cause) => this.failed(taking, cause))
  }

  private seal(taking: Taking): void {
    taking.sealed = true
    const end = Buffer.alloc(4)
    end.writeUInt32BE(END)
    this.write(taking, [end])
    this.write(taking, [taking.digest.digest()], false)
    taking.writes = taking.writes
      .then(async () => {
        if (this.taking !== taking) return
        const file = await taking.file
        await file.sync()
        await file.close()
        await rename(this.temporary, this.path)
        await syncDir(dirname(this.path))
        this.taking = null
        const { written: rows, bytes, startedAt } = taking
        const ms = performance.now() - startedAt
        this.options.onEvent?.({ kind: "written", file: this.path, rows, bytes, ms })
      })
      .catch((cause) => this.failed(taking, cause))
  }

  private async failed(taking: Taking, cause: unknown): Promise<void> {
    if (this.taking !== taking) return
    taking.sealed = true
    this.options.onEvent?.({ kind: "failed", file: this.path, cause })
    await discard(taking, this.temporary)
    this.taking = null
  }
}

/** Whatever goes wrong here, went wrong with the snapshot before, and was reported. */
const discard = async (taking: Taking, temporary: string): Promise<void> => {
  await taking.file.then((file) => file.close()).catch(() => undefined)
  await rm(temporary, { force: true }).catch(() => undefined)
}

const syncDir = async (dir: string): Promise<void> => {
  const handle = await open(dir, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
