/** What a consumer does with the records of one stream partition. */

/** What one step came to. */
export interface Step {
  /** Records handled; durably, by whatever the handler promises its readers. */
  readonly handled: number
  /** Nothing more is known to wait: the next step may wait for news. */
  readonly atEnd: boolean
}

/**
 * Reads, handles and keeps its position. Two ways to keep one are usual: together with the data it belongs to, in one write
 * (the sealer's row, the script of the read model), or in the log, committed after what was handled is durable elsewhere
 * (`Checkpoint`). Either way a step that failed is taken again from the position that is kept.
 *
 * Concurrency: one call of `step` or `idle` at a time. After a rejection `step` is called again, so it must find out anew
 * where it stands: what it had in hand may or may not have been kept.
 */
export interface Handler {
  /** The next offset that is not handled, as last known; right after the first `step` that resolved. */
  readonly next: number
  /** Handles what follows, within a bound. @throws what went wrong; `halts` says whether trying again can help */
  step(): Promise<Step>
  /** Nothing came for `idleMs`: a quiet moment to look whether what was kept is still there. */
  idle?(): Promise<void>
  /** Where the lag counts from; left out: `next`. For a handler that may not know yet. */
  position?(): Promise<number>
}
