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
