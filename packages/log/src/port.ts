/**
 * The log: partitioned, append-only streams with one writer for each partition. Two engines stand behind this port.
 *
 * Guarantees, which `contract.ts` tests on any engine:
 * - DURABLE: what `append` or `commit` resolved survives kill -9 and loss of power. Before that it may or may not be there.
 * - ATOMIC: one `commit` becomes visible as a whole or not at all: its outputs, its changelog and its position.
 * - ORDER: offsets of a stream partition start at 0 and only grow (an engine may leave gaps). Readers see them in order.
 *   `time` is stamped at append, never runs backwards within a stream partition, and survives a reopen.
 * - ONCE: after a crash, a group that resumes from `position` sees each record exactly once; `commit` names the position
 *   that it expects, and one that finds another is refused (`FencedError`): the caller must discard its state and reload.
 * - BOUNDED: `read` returns at most `maxRecords` and about `maxBytes` (always at least one record where there is one).
 * Concurrency: all calls for one partition come from one process. Calls for different partitions are independent.
 */
export interface LogRecord {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export interface NewRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
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
  /** Appends outside any consumer (ingress, the tick source). Resolves when durable with the first offset and the stamped time. */
  append(
    at: StreamPartition,
    records: ReadonlyArray<NewRecord>,
  ): Promise<{ readonly offset: number; readonly time: number }>
  /** Records from `from` on (or the first kept one after it). Empty at the end. */
  read(at: StreamPartition, from: number, maxRecords: number, maxBytes: number): Promise<ReadonlyArray<LogRecord>>
  /** The first offset still kept, and the offset that the next record will get or exceed. */
  bounds(at: StreamPartition): Promise<{ readonly start: number; readonly end: number }>
  /** The next offset that the group will read; 0 where it never committed. */
  position(group: string, at: StreamPartition): Promise<number>
  /** Resolves when durable. Rejects with FencedError or StorageError; nothing of it is then visible. */
  commit(partition: number, commit: Commit): Promise<{ readonly offsets: ReadonlyArray<number> }>
  /** Resolves when the stream partition holds a record at or after `from`, or when `signal` aborts. */
  waitFor(at: StreamPartition, from: number, signal: AbortSignal): Promise<void>
  /** Small named values beside the streams (knowledge bodies by hash, the sealer's row): compare-and-swap, durable. */
  readonly cells: Cells
  close(): Promise<void>
}

/** Durable named values of one partition. `swap` writes only where the present value equals `expected` (null: absent). */
export interface Cells {
  get(partition: number, name: string): Promise<Uint8Array | null>
  swap(partition: number, name: string, expected: Uint8Array | null, value: Uint8Array): Promise<boolean>
}
