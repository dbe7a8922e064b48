/** The quarantine breaker: when too many devices would be quarantined at once, the fault is more likely ours than theirs. */
import { bool, type StateOf, safe, valueLayout } from "@assay/layout"
import type { DetectionConfig } from "./config.ts"

/** What a partition remembers of it. */
export const BREAKER = valueLayout({
  name: "quarantine breaker",
  version: 1,
  fields: {
    /** When the window began. */
    began: safe(),
    /** Quarantines granted within it. */
    granted: safe(),
    /** Whether the breaker has opened in it. */
    open: bool(),
  },
})
export type Breaker = StateOf<typeof BREAKER>

const NEVER_ASKED: Breaker = { began: 0, granted: 0, open: false }

/** The outcome of asking for one quarantine. */
export interface Permission {
  readonly granted: boolean
  /** True only for the request that opens the breaker: one incident per window. */
  readonly opened: boolean
  readonly breaker: Breaker
}

/**
 * Asks for one quarantine that the breaker covers. Pure.
 * @param admitted devices of the partition
 */
export const requestQuarantine = (
  breaker: Breaker | undefined,
  time: number,
  admitted: number,
  config: DetectionConfig,
): Permission => {
  const before = breaker ?? NEVER_ASKED
  const now = time - before.began >= config.breakerWindowMs ? resetBreaker(time) : before
  const limit = Math.max(config.breakerDevices, Math.floor(admitted * config.breakerShare))
  if (now.granted < limit) return { granted: true, opened: false, breaker: { ...now, granted: now.granted + 1 } }
  if (now.open) return { granted: false, opened: false, breaker: before }
  return { granted: false, opened: true, breaker: { ...now, open: true } }
}

/** An operator's override, and the start of each window: the limit counts from zero. */
export const resetBreaker = (time: number): Breaker => ({ began: time, granted: 0, open: false })
