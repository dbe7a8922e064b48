/** Which partitions this process works on: no batch tells. Looked at once a second. */
import type { RunningNode } from "@assay/engine"
import type { Emit } from "./event.ts"

/** Says which partitions this process gained and lost, group by group. */
export const shareEvents = (emit: Emit, shares: RunningNode["shares"]): (() => void) => {
  const before = new Map<string, ReadonlySet<number>>()
  return () => {
    for (const { group, partitions } of shares()) {
      const had = before.get(group) ?? new Set()
      const has = new Set(partitions)
      const gained = partitions.filter((partition) => !had.has(partition))
      const lost = [...had].filter((partition) => !has.has(partition))
      if (gained.length === 0 && lost.length === 0) continue
      before.set(group, has)
      const message = `the share of this process is ${has.size} partitions`
      emit({ code: "group.rebalanced", message, group, details: { gained, lost } })
    }
  }
}
