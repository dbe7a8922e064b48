/**
 * Whether decisions flow: for each partition the time at which the latest of the decided messages was submitted. A fault is
 * over for users when messages that were submitted after it are decided in every partition.
 */
import { setTimeout as sleep } from "node:timers/promises"

export interface Flow {
  /** A decision on a message that was submitted at `sentAt` (`performance.now()`) is committed, and has been read. */
  decided(partition: number, sentAt: number): void
  readonly decisions: number
  /** Resolves with the moment at which all partitions have decided on something submitted after `since`; null: too late. */
  resumed(since: number, withinMs: number): Promise<number | null>
  /** Partitions in which nothing that was submitted after `since` is decided. */
  stuck(since: number): ReadonlyArray<number>
}

const POLL_MS = 20

export const flowOf = (partitions: number): Flow => {
  const latest = new Float64Array(partitions).fill(Number.NEGATIVE_INFINITY)
  let decisions = 0
  const stuck = (since: number): ReadonlyArray<number> =>
    [...latest.keys()].filter((partition) => latest[partition]! < since)
  return {
    decided: (partition, sentAt) => {
      decisions++
      latest[partition] = Math.max(latest[partition]!, sentAt)
    },
    get decisions() {
      return decisions
    },
    stuck,
    resumed: async (since, withinMs) => {
      const deadline = performance.now() + withinMs
      while (stuck(since).length > 0) {
        if (performance.now() > deadline) return null
        await sleep(POLL_MS)
      }
      return performance.now()
    },
  }
}
