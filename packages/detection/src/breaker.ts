/** The storm breaker: when too many devices would be quarantined at once, the fault is more likely ours than theirs. */
import { type Cells, type Draft, TRUST } from "./cells.ts"
import type { DetectionConfig } from "./config.ts"

/** The partition's own cells stand under PARTITION_KEY; their TRUST cell is this, so that nobody takes them for a device. */
export const PARTITION = -1
/** When the window began, quarantines within it, and whether the breaker has opened in it (0 or 1). */
export const WINDOW = 1
export const COUNT = 2
export const OPEN = 3
const LENGTH = 4

export const newBreaker = (): Draft => [0.5, 0.5, 0.5, 0.5].fill(0).fill(PARTITION, TRUST, TRUST + 1) as Draft

export const isBreaker = (cells: Cells): boolean => cells.length === LENGTH && cells[TRUST] === PARTITION

/** The outcome of asking for one quarantine. */
export interface Permission {
  readonly granted: boolean
  /** True only for the request that opens the breaker: one incident per window. */
  readonly opened: boolean
  readonly breaker: Cells
}

/**
 * Asks for one quarantine that the breaker covers. Pure.
 * @param admitted devices of the partition
 */
export const requestQuarantine = (
  breaker: Cells | undefined,
  time: number,
  admitted: number,
  config: DetectionConfig,
): Permission => {
  const next = breaker === undefined ? newBreaker() : breaker.slice()
  if (time - next[WINDOW]! >= config.breakerWindowMs) {
    next[WINDOW] = time
    next[COUNT] = 0
    next[OPEN] = 0
  }
  const limit = Math.max(config.breakerDevices, Math.floor(admitted * config.breakerShare))
  if (next[COUNT]! < limit) {
    next[COUNT] = next[COUNT]! + 1
    return { granted: true, opened: false, breaker: next }
  }
  if (next[OPEN] === 1) return { granted: false, opened: false, breaker: breaker ?? next }
  next[OPEN] = 1
  return { granted: false, opened: true, breaker: next }
}

/** An operator's override: a fresh window, in which the limit counts from zero. */
export const resetBreaker = (time: number): Cells => {
  const next = newBreaker()
  next[WINDOW] = time
  return next
}
