/** The quarantine breaker: when too many devices would be quarantined at once, the fault is more likely ours than theirs. */
import { bool, recordLayout, type StateOf, safe } from "@assay/layout"
import { CLASSES } from "./class-changes.ts"
import type { DetectionConfig } from "./config.ts"

/** What a partition remembers of it, and of its classes (`class-changes.ts`): a stage has one state for a whole partition. */
export const BREAKER = recordLayout({
  name: "quarantine breaker",
  version: 3,
  fields: {
    /** When the window began. */
    began: safe(),
    /** Quarantines granted within it. */
    granted: safe(),
    /** Whether the breaker has opened in it. */
    open: bool(),
    ...CLASSES,
  },
})
export type Breaker = StateOf<typeof BREAKER>

/** An operator's override, and the start of each window: the limit counts from zero. What is counted of classes stays. */
export const resetBreaker = (time: number, before?: Breaker): Breaker => {
  const draft = BREAKER.draft(before)
  draft.began = time
  draft.granted = 0
  draft.open = false
  return BREAKER.seal(draft)
}

const NEVER_ASKED = resetBreaker(0)

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
  const now = time - before.began >= config.breakerWindowMs ? resetBreaker(time, before) : before
  const limit = Math.max(config.breakerDevices, Math.floor(admitted * config.breakerShare))
  const granted = now.granted < limit
  if (!granted && now.open) return { granted: false, opened: false, breaker: before }
  const draft = BREAKER.draft(now)
  if (granted) draft.granted += 1
  else draft.open = true
  return { granted, opened: !granted, breaker: BREAKER.seal(draft) }
}
