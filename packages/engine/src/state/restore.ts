/** Brings a table back from its changelog, or from a local snapshot and what the changelog has after it. */
import type { Log } from "@assay/log"
import type { AnyStage } from "@assay/trust"
import { decodeRow, RUNNER_KEY } from "./changelog.ts"
import { decodeProgress, PROGRESS_KEY, type Progress } from "./progress.ts"
import { type LocalSnapshots, snapshotFile } from "./snapshot/format.ts"
import { loadSnapshot } from "./snapshot/load.ts"
import { StateTable } from "./table.ts"

const BATCH_RECORDS = 4096
const BATCH_BYTES = 8 << 20

export interface Restored {
  readonly table: StateTable
  /** The runner's own state as last written, or null on a fresh log. */
  readonly runner: Uint8Array | null
  /** How far the state is, or null where the changelog does not say (a fresh log, or one of an older Assay). */
  readonly progress: Progress | null
  /** The changelog's end. */
  readonly end: number
  /** When the snapshot was taken that it began from (ms since 1970); 0 where the whole changelog was read. */
  readonly snapshotAt: number
}

export interface RestoreFrom {
  readonly log: Log
  readonly stages: ReadonlyArray<AnyStage>
  readonly changelog: string
  readonly partition: number
  readonly snapshots?: LocalSnapshots
  /** The group's position: a snapshot after which the changelog does not come to it is not believed. */
  readonly position: number
}

/**
 * A record of the changelog cannot be read, so no state can be relied on. Halt and raise an alarm: restored without it, a
 * device would be judged by what was not so.
 */
export class DamagedStateError extends Error {
  override readonly name = "DamagedStateError"

  constructor(changelog: string, partition: number, offset: number, cause: unknown) {
    super(
      `${changelog}/${partition}: the record at offset ${offset} cannot be read (${(cause as Error).message}): nothing was judged without it. Find out who wrote it, then restore the changelog from a backup, or replay into a new log`,
      { cause },
    )
  }
}

/** What the records so far came to. */
class Folding {
  readonly table: StateTable
  runner: Uint8Array | null = null
  progress: Progress | null = null
  private readonly stages: ReadonlyArray<AnyStage>

  constructor(stages: ReadonlyArray<AnyStage>) {
    this.stages = stages
    this.table = new StateTable(stages)
  }

  add(key: string, value: Uint8Array): void {
    if (key === RUNNER_KEY) this.runner = value.slice()
    else if (key === PROGRESS_KEY) this.progress = decodeProgress(value)
    else this.table.restore(key, decodeRow(this.stages, key, value))
  }

  /** Reads the changelog from `from` to the end that it has now. */
  async read({ log, changelog, partition }: RestoreFrom, from: number, end: number): Promise<void> {
    const at = { stream: changelog, partition }
    for (let next = from; next < end; ) {
      const records = await log.read(at, next, BATCH_RECORDS, BATCH_BYTES)
      if (records.length === 0) break
      for (const { key, value, offset } of records) {
        try {
          this.add(Buffer.from(key.buffer, key.byteOffset, key.length).toString("utf8"), value)
        } catch (cause) {
          throw new DamagedStateError(changelog, partition, offset, cause)
        }
      }
      next = records.at(-1)!.offset + 1
    }
  }

  restored(end: number, snapshotAt: number): Restored {
    this.table.restored()
    return { table: this.table, runner: this.runner, progress: this.progress, end, snapshotAt }
  }
}

/**
 * Reads what is kept of the changelog of one partition, oldest first; with a snapshot that can be relied on, only what
 * follows it. Either way comes to the same.
 * @throws DamagedStateError where a record of the changelog is of another version, or garbage
 */
export const restoreTable = async (from: RestoreFrom): Promise<Restored> => {
  const { log, stages, changelog, partition } = from
  const bounds = await log.bounds({ stream: changelog, partition })
  const shortened = await fromSnapshot(from, bounds)
  if (shortened !== null) return shortened
  const folding = new Folding(stages)
  await folding.read(from, bounds.start, bounds.end)
  return folding.restored(bounds.end, 0)
}

/** @returns null where there is no snapshot, or anything doubtful about it: the options report what */
const fromSnapshot = async (
  from: RestoreFrom,
  bounds: { readonly start: number; readonly end: number },
): Promise<Restored | null> => {
  if (from.snapshots === undefined) return null
  const { options, identity } = from.snapshots
  const { dir, maxAgeMs, onEvent } = options
  const file = snapshotFile(dir, identity)
  const refuse = (why: string): null => {
    onEvent?.({ kind: "refused", file, why })
    return null
  }
  const folding = new Folding(from.stages)
  let loaded: Awaited<ReturnType<typeof loadSnapshot>>
  try {
    loaded = await loadSnapshot({ file, identity, bounds, maxAgeMs }, (key, value) => folding.add(key, value))
  } catch (cause) {
    return refuse((cause as Error).message)
  }
  if (loaded === null) return null
  const { offset, takenAt } = loaded.header
  await folding.read(from, offset, bounds.end)
  if (folding.progress?.next !== from.position)
    return refuse(
      `with the changelog it comes to offset ${folding.progress?.next} of the input, the group is at ${from.position}`,
    )
  onEvent?.({ kind: "used", file, rows: folding.table.size, offset })
  return folding.restored(bounds.end, takenAt)
}
