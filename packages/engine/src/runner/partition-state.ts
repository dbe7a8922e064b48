/**
 * What a runner has of its partition in memory: states, knowledge, and how far the log has them. It outlives a runner that failed,
 * so that the next one need not read everything from the log again (`settle`).
 *
 * It is believed only where the log itself says what became of the batch in hand: the group's position, and what the changelog
 * has after the last commit that this state holds. Whoever wrote there meanwhile, whatever was restored or moved by hand, the
 * records are then others, and the state is thrown away.
 */
import type { Track } from "@assay/knowledge"
import type { Log, LogRecord, NewRecord, StreamPartition } from "@assay/log"
import type { ChangelogWriter } from "../state/changelog.ts"
import { encodeProgress, PROGRESS_KEY, type Progress } from "../state/progress.ts"
import type { SnapshotWriter } from "../state/snapshot/writer.ts"
import type { StateTable } from "../state/table.ts"

export interface StateParts {
  readonly table: StateTable
  readonly track: Track
  readonly writer: ChangelogWriter
  readonly snapshots: SnapshotWriter | null
}

/** A batch on its way to the log. */
interface Attempt {
  readonly progress: Progress
  /** Of the changelog. */
  readonly records: ReadonlyArray<NewRecord>
}

/**
 * What became of the state that a runner left: `rolled-back` to its last commit, since the batch in hand never came to be;
 * `committed`, since it did.
 */
export type Settled = "rolled-back" | "committed"

const READ_RECORDS = 4096
const READ_BYTES = 8 << 20
const PROGRESS = Buffer.from(PROGRESS_KEY)

export class PartitionState {
  /** Of what it is the state; see `stateIdentity` of the options. */
  readonly identity: string
  #parts: StateParts | null
  #reached: Progress
  /** In the changelog, at or below the first record that the state does not hold. */
  #from: number
  /** Whether records of the state's own commits may lie there, up to the one that says how far it is. */
  #hasCommitted = false
  #attempt: Attempt | null = null

  /** @param end of the changelog, when the state was restored from it */
  constructor(identity: string, parts: StateParts, reached: Progress, end: number) {
    this.identity = identity
    this.#parts = parts
    this.#reached = reached
    this.#from = end
    parts.table.keepBefore()
    parts.track.committed()
  }

  /** @throws Error where it was thrown away */
  get parts(): StateParts {
    if (this.#parts === null) throw new Error("the state of the partition was thrown away")
    return this.#parts
  }

  /** How far it is committed. */
  get reached(): Progress {
    return this.#reached
  }

  /** The batch's records of the changelog go to the log: from now on it may come to be. */
  attempts({ next, lastTime }: Progress, records: ReadonlyArray<NewRecord>): void {
    this.#attempt = { progress: { next, lastTime }, records }
  }

  /**
   * The batch is durable.
   * @param offset of its first record in the changelog; negative where the engine could not tell
   */
  committed(offset: number): void {
    const attempt = this.#attempt
    if (attempt === null) throw new Error("no batch was on its way")
    this.#change(({ table, track, writer }) => {
      table.committed()
      track.committed()
      writer.committed()
    })
    this.#reached = attempt.progress
    this.#hasCommitted = true
    if (offset >= 0) this.#from = offset
  }

  /** Whether somebody must say where the changelog ends before the next batch is encoded (`endsAt`). */
  get needsEnd(): boolean {
    return this.parts.writer.needsEnd
  }

  /** The changelog's end, after the last commit. What lies before it may go with the next one. */
  endsAt(end: number): void {
    const { writer } = this.parts
    if (writer.needsEnd) writer.beginRound(end)
    this.#from = end
    this.#hasCommitted = false
  }

  /** It must not be gone on from: its memory is free again. */
  discard(): void {
    this.#parts = null
    this.#attempt = null
  }

  /**
   * Brings it to what the log has. Call it only when the runner which had it has ended, and after `log.take`: whoever had the
   * partition before can write no more.
   * @param changelog the group's, of this partition
   * @param taken what `take` said
   * @returns null where the log has anything else: discard it, and restore from the log
   */
  async settle(log: Log, changelog: StreamPartition, taken: number): Promise<Settled | null> {
    const attempt = this.#attempt
    const came = attempt !== null && taken === attempt.progress.next
    if (this.#parts === null || (taken !== this.#reached.next && !came)) return null
    const { end } = await log.bounds(changelog)
    const after = await this.#recordsAfter(log, changelog, end)
    if (after === null) return null
    if (came) {
      if (!isSame(after, attempt.records)) return null
      // Without any record where a group that was moved back judged again what its state has.
      this.committed(after[0]?.offset ?? -1)
    } else {
      if (after.length > 0) return null
      this.#change(({ table, track, writer }) => {
        table.rollBack()
        track.rollBack()
        writer.rollBack()
      })
    }
    this.endsAt(end)
    return came ? "committed" : "rolled-back"
  }

  /** The batch in hand is settled, one way or the other. Where that fails half way, the state is of no use any more. */
  #change(settle: (parts: StateParts) => void): void {
    const { parts } = this
    this.discard()
    settle(parts)
    this.#parts = parts
  }

  /**
   * What the changelog has after the last commit that the state holds.
   * @returns null where that commit is not there, or more comes after it than was attempted
   */
  async #recordsAfter(log: Log, changelog: StreamPartition, end: number): Promise<ReadonlyArray<LogRecord> | null> {
    if (end < this.#from) return null
    const most = this.#attempt?.records.length ?? 0
    const found: Array<LogRecord> = []
    let isAfter = !this.#hasCommitted
    for (let next = this.#from; next < end && found.length <= most; ) {
      const records = await log.read(changelog, next, READ_RECORDS, READ_BYTES)
      if (records.length === 0) break
      for (const record of records) {
        if (isAfter) found.push(record)
        else isAfter = isProgress(record, this.#reached)
      }
      next = records.at(-1)!.offset + 1
    }
    return isAfter && found.length <= most ? found : null
  }
}

/** Each commit ends with such a record. */
const isProgress = ({ key, value }: LogRecord, progress: Progress): boolean =>
  PROGRESS.equals(key) && Buffer.compare(value, encodeProgress(progress)) === 0

const isSame = (found: ReadonlyArray<LogRecord>, made: ReadonlyArray<NewRecord>): boolean =>
  found.length === made.length &&
  found.every(
    ({ key, value }, nth) => Buffer.compare(key, made[nth]!.key) === 0 && Buffer.compare(value, made[nth]!.value) === 0,
  )
