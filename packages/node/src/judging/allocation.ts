/** What this thread allocates, from what the heap held before and after each of its collections. */
import { GCProfiler, getHeapStatistics } from "node:v8"

export interface Allocation {
  /** Bytes on the JavaScript heap. */
  readonly bytes: number
  /** Microseconds for which collections stopped the thread. */
  readonly pausedUs: number
  readonly collections: number
}

/** Starts to count; the function that it returns ends that, and says what was allocated in between. */
export const countAllocation = (): (() => Allocation) => {
  const profiler = new GCProfiler()
  let held = getHeapStatistics().used_heap_size
  profiler.start()
  return () => {
    const end = getHeapStatistics().used_heap_size
    let bytes = 0
    let pausedUs = 0
    const { statistics } = profiler.stop()
    for (const { beforeGC, afterGC, cost } of statistics) {
      bytes += beforeGC.heapStatistics.usedHeapSize - held
      held = afterGC.heapStatistics.usedHeapSize
      pausedUs += cost
    }
    return { bytes: bytes + end - held, pausedUs, collections: statistics.length }
  }
}

/** @returns what tells what this thread has allocated since the call of it before; nothing the first time, when it begins to count */
export const allocations = (): (() => Allocation) => {
  let counted: (() => Allocation) | null = null
  return () => {
    const found = counted?.() ?? NOTHING
    counted = countAllocation()
    return found
  }
}

const NOTHING: Allocation = { bytes: 0, pausedUs: 0, collections: 0 }

/** Of several threads together. */
export const sumOf = (parts: ReadonlyArray<Allocation>): Allocation =>
  parts.reduce(
    (sum, { bytes, pausedUs, collections }) => ({
      bytes: sum.bytes + bytes,
      pausedUs: sum.pausedUs + pausedUs,
      collections: sum.collections + collections,
    }),
    NOTHING,
  )
