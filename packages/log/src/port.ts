/**
 * The log: partitioned, append-only streams with one writer for each partition. Two engines stand behind this port.
 *
 * Guarantees, which `contract.ts` tests on any engine:
 * - DURABLE: what `append` or `commit` resolved survives kill -9 and loss of power. Before that it may or may not be there.
 * - ATOMIC: all of one `commit` comes to be there or nothing of it: its outputs, its changelog and its position. Nothing of
 *   it is seen before it is durable; an engine of several servers may show its parts one shortly after another, but to
 *   the process that committed all of it is there once the call has resolved.
 * - ORDER: offsets of a stream partition start at 0 and only grow (an engine may leave gaps). Readers see them in order.
 *   `time` is stamped at append, never runs backwards within a stream partition, and survives a reopen.
 * - ONCE: after a crash, a group that resumes from `position` sees each record exactly once; `commit` names the position
 *   that it expects, and one that finds another is refused (`FencedError`): the caller must discard its state and reload.
 * - ONE WRITER: who calls `take` is the group's only writer for the partition from then on; commits of whoever had it before
 *   are refused (`TakenOverError`), also when that process was only asleep.
 * - BOUNDED: `read` returns at most `maxRecords` and about `maxBytes` (always at least one record where there is one).
 * Concurrency: calls for different partitions are independent.
 */
export interface LogRecord {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** Only where the engine's `traits.headers` says so, and only where the record has some. */
  readonly headers?: Headers
  readonly absent?: Absent
}

export interface NewRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** Left out by an engine without headers. */
  readonly headers?: Headers
  /**
   * Headers that other records have as well, before those of its own: the very same object for all of them, never changed, so that
   * an engine may encode it once.
   */
  readonly common?: Headers
  readonly absent?: Absent
}

/** Record headers by name; a name that occurs several times keeps all its values, in order. */
export type Headers = Readonly<Record<string, Uint8Array | ReadonlyArray<Uint8Array>>>

/**
 * A header of a record that an engine could not unpack (another codec, or too large): it comes without key and value. The
 * header's value says why, for people.
 */
export const UNPACKABLE = "assay.unpackable"
/** How many more headers the record had than an engine gives. */
export const MORE_HEADERS = "assay.more-headers"

/**
 * Which parts of a record are null instead of empty; the field itself is then empty. A null value in a changelog says that
 * the key is gone (a tombstone). An engine without nulls keeps the empty bytes.
 */
export interface Absent {
  readonly key?: boolean
  readonly value?: boolean
}

/** In what engines differ, where a caller has to know. */
export interface Traits {
  readonly engine: "embedded" | "kafka"
  /** Records carry headers. */
  readonly headers: boolean
  /** Overwritten keys of changelogs are forgotten by the engine itself, so nobody needs to write them anew or truncate. */
  readonly compacts: boolean
  /**
   * The engine takes old records away by itself, as the retention of each stream says. Where it does not, a stream loses none but
   * by `Commit.truncate`, which only changelogs are given.
   */
  readonly expires: boolean
  /** Several processes may work on the log at once; `join` shares the partitions among them. */
  readonly shared: boolean
}

export interface Output {
  readonly stream: string
  readonly records: ReadonlyArray<NewRecord>
}

export interface Commit {
  /** The consumer group whose position moves. */
  readonly group: string
  readonly stream: string
  /** The position this batch started from; refused if the log's differs. */
  readonly from: number
  /** The next offset to read. */
  readonly next: number
  /** Streams written to, the group's changelog among them. Order within a stream is kept. */
  readonly outputs: ReadonlyArray<Output>
  /** Streams (changelogs, say) whose records below an offset are no longer needed. */
  readonly truncate?: ReadonlyArray<{ readonly stream: string; readonly before: number }>
}

export interface StreamPartition {
  readonly stream: string
  readonly partition: number
}

export interface Log {
  /** How many partitions every stream has, fixed for `epoch`. */
  readonly partitions: number
  readonly epoch: number
  /** When the log was created, milliseconds since 1970. */
  readonly genesis: number
  readonly traits: Traits
  /** Appends outside any consumer (ingress, the tick source). Resolves when durable with the first offset and the stamped time. */
  append(
    at: StreamPartition,
    records: ReadonlyArray<NewRecord>,
  ): Promise<{ readonly offset: number; readonly time: number }>
  /** Records from `from` on (or the first kept one after it). Empty at the end. */
  read(at: StreamPartition, from: number, maxRecords: number, maxBytes: number): Promise<ReadonlyArray<LogRecord>>
  /** The first offset still kept, and the offset that the next record will get or exceed. */
  bounds(at: StreamPartition): Promise<{ readonly start: number; readonly end: number }>
  /**
   * Records (with gaps, at most so many) that were written and that nobody may read yet, because a transaction of some
   * writer is open before them. Left out by an engine that has none such.
   */
  heldBack?(at: StreamPartition): Promise<number>
  /**
   * The bounds as they are shown now. `bounds` waits until what this process wrote is shown, and may wait long while a transaction
   * of somebody else is open before it; who watches for just that must not wait. Left out by an engine that has no transactions.
   */
  shown?(at: StreamPartition): Promise<{ readonly start: number; readonly end: number }>
  /** The next offset that the group will read; 0 where it never committed. Takes nothing. */
  position(group: string, at: StreamPartition): Promise<number>
  /**
   * Makes this process the group's only writer for the partition: whoever was it before is fenced, and what it left open
   * is finished or gone. Resolves with the position. Call it before state is restored, and again after any failed commit.
   * @param known a position that the caller knows to have been committed (from its changelog), for engines that may forget
   *   positions of groups long idle: where the engine has none, this one counts
   */
  take(group: string, at: StreamPartition, known?: number): Promise<number>
  /**
   * Joins the processes that share the work of `group` on `stream`; `onAssigned` is called with all the partitions that are
   * this process's share, at first before `join` resolves (there may be none) and after every change.
   * Shares are about work only: a process that wrongly believes in an old share is fenced by `take` of the new owner.
   */
  join(group: string, stream: string, onAssigned: (partitions: ReadonlySet<number>) => void): Promise<Membership>
  /**
   * Resolves when durable. Rejects with FencedError or TakenOverError: nothing of it is there. With UnavailableError or
   * StorageError nobody knows: take the partition again, whose position tells.
   */
  commit(partition: number, commit: Commit): Promise<{ readonly offsets: ReadonlyArray<number> }>
  /** Resolves when the stream partition holds a record at or after `from`, or when `signal` aborts. */
  waitFor(at: StreamPartition, from: number, signal: AbortSignal): Promise<void>
  /** Small named values beside the streams (knowledge bodies by hash, the sealer's row): compare-and-swap, durable. */
  readonly cells: Cells
  close(): Promise<void>
}

/** A process's part in a group. */
export interface Membership {
  /**
   * Asks the group anew whether the partition is still this process's share. After a TakenOverError only who gets true
   * may `take` the partition again: two believers would fence each other for ever.
   */
  confirm(partition: number): Promise<boolean>
  /** Gives the share back at once, so that others need not wait for a timeout. Stop working on it first. */
  leave(): Promise<void>
}

/** Durable named values of one partition. `swap` writes only where the present value equals `expected` (null: absent). */
export interface Cells {
  get(partition: number, name: string): Promise<Uint8Array | null>
  swap(partition: number, name: string, expected: Uint8Array | null, value: Uint8Array): Promise<boolean>
}
