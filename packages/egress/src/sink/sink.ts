/** What a sink is: where encoded decisions go. One file each; all have this one life. */
import type { Output, StreamPartition } from "@assay/log"
import type { Encoded } from "../encode/encoder.ts"

/** An item that the other side will never take, with what it said. */
export interface Refused {
  readonly item: Encoded
  readonly reason: string
}

/**
 * `open`, then any number of `write` and `flush`, then `close`.
 *
 * - DURABLE: what was written before a `flush` that resolved is with the other side. Before that it may or may not be there.
 * - A rejection of `open`, `write` or `flush` means: try again later. The same items are written again then, so the other side
 *   may see some twice, with the same key. A sink leaves no half of an item behind that a reader would take for a whole one.
 * - What trying again cannot help is returned by `write`, not thrown: it goes to the dead letters, and the rest goes on.
 * - BOUNDED: a sink keeps nothing of what it was given after `flush`. Who writes waits for `write`: there is no queue.
 * Concurrency: calls of several partitions may come at once; a sink puts them in an order.
 */
export interface Sink {
  /** For people: where it goes to. */
  readonly name: string
  open(): Promise<void>
  /**
   * @param mayRepeat the other side may have some of them already, from before a start or a failure. A sink that can tell which
   *   leaves these out; one whose protocol has a place for it says so
   * @param at where they were read
   * @returns what is refused for good; usually nothing
   */
  write(items: ReadonlyArray<Encoded>, mayRepeat?: boolean, at?: StreamPartition): Promise<ReadonlyArray<Refused>>
  /**
   * What `write` would append, where the sink is the log that is read: records and position can be one commit then, so that
   * nothing comes twice. Left out by all others.
   */
  outputs?(items: ReadonlyArray<Encoded>): ReadonlyArray<Output>
  flush(): Promise<void>
  /** Nothing is in hand. @throws what closing says */
  close(): Promise<void>
}
