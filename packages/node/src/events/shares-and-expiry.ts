/** What no batch tells: changed shares, and knowledge that runs out. Looked at once a second. */
import type { RunningNode } from "@assay/engine"
import { type Active, type Knowledge, kindOfItem } from "@assay/trust"
import type { Emit } from "./event.ts"

const SOON_MS = 24 * 3_600_000

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

/** `bundle`, or `did-document of did:...` where a kind has many items. */
const nameOf = (key: string): string => {
  const kind = kindOfItem(key)
  const subject = key.slice(kind.length + 1)
  return subject === "" ? kind : `${kind} of ${subject}`
}

/** Says once of each item when it ends within a day, and once when it has ended. */
export const expiryEvents = (
  emit: Emit,
  inForce: () => ReadonlyArray<Knowledge>,
  clock: () => number = Date.now,
): (() => void) => {
  const said = new Set<string>()
  const look = (item: string, { version, hash, expires }: Active<unknown>, now: number): void => {
    if (expires - now > SOON_MS) return
    const code = expires <= now ? "knowledge.expired" : "knowledge.expiring"
    const key = `${code} ${item} ${hash}`
    if (said.has(key)) return
    said.add(key)
    const ends = new Date(expires).toISOString()
    const message = `the ${item} of version ${version} ${expires <= now ? "expired" : "expires"} at ${ends}`
    emit({ code, message, details: { item, version, hash, expires: ends } })
  }
  return () => {
    const now = clock()
    for (const knowledge of inForce()) for (const [key, active] of knowledge.items) look(nameOf(key), active, now)
  }
}
