/** Where the position of a consumer is kept that keeps none together with its data. */
import type { Log, Output, StreamPartition } from "@assay/log"

export interface Checkpoint {
  /**
   * Makes this process the only one that moves the position, where the place can tell.
   * @returns the next offset to handle; null where none was kept yet
   */
  load(at: StreamPartition): Promise<number | null>
  /** Durable when it resolves. @param from what `load` or the last `save` left @throws where somebody else moved it */
  save(at: StreamPartition, from: number, next: number): Promise<void>
  /**
   * `save`, and records that come to be with it or not at all: they go to the same partition of the log that is read. Left out where
   * the position is kept elsewhere.
   */
  commit?(at: StreamPartition, from: number, next: number, outputs: ReadonlyArray<Output>): Promise<void>
}

/**
 * In the log itself, as the position of a consumer group. The group may commit on `at` alone, so a process needs no right to
 * write anything but that.
 * @throws TakenOverError, FencedError from `save`: load it again
 */
export const groupCheckpoint = (log: Log, group: string): Checkpoint => {
  const commit = async (
    { stream, partition }: StreamPartition,
    from: number,
    next: number,
    outputs: ReadonlyArray<Output>,
  ): Promise<void> => {
    await log.commit(partition, { group, stream, from, next, outputs })
  }
  return {
    load: async (at) => (await log.take(group, at)) || null,
    save: (at, from, next) => commit(at, from, next, []),
    commit,
  }
}
