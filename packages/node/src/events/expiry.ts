/** Knowledge in force that runs out: no batch tells. Looked at once a second. */
import { type ActiveEnd, describeSpan, endsInForce, KINDS, type Kinds, phaseAt, SOON_MS } from "@assay/knowledge"
import type { Knowledge } from "@assay/trust"
import type { Emit, NodeEvent } from "./event.ts"

const DAY_MS = 24 * 3_600_000
/** An item that nobody replaced at the first warning is worth another. */
const WARNINGS_MS = [DAY_MS, SOON_MS]
/** Names in one line; a bundle may have a thousand lists. */
const NAMED = 5

const itemEvent = ({ what, item, version, hash, expires }: ActiveEnd, now: number): NodeEvent => {
  const ends = new Date(expires).toISOString()
  const [code, words] =
    expires <= now
      ? (["knowledge.expired", `expired at ${ends}: nothing is verified until it is replaced`] as const)
      : (["knowledge.expiring", `expires in ${describeSpan(expires - now)}, at ${ends}`] as const)
  return { code, message: `${what} of version ${version} ${words}`, details: { item, version, hash, expires: ends } }
}

const partsEvent = (
  code: "status_list.expiring" | "status_list.expired",
  parts: ReadonlyArray<ActiveEnd>,
): NodeEvent => {
  const words = code === "status_list.expired" ? "past their maximum age" : "in the last quarter of their maximum age"
  const lists = parts
    .slice(0, NAMED)
    .map(({ what, expires }) => ({ list: what, expires: new Date(expires).toISOString() }))
  return { code, message: `${parts.length} status lists are ${words}`, details: { count: parts.length, lists } }
}

/**
 * Says once of each item when it ends within 14 days, when within one, and when it has ended; of the parts of items, which may
 * be many, in one line for all that came to it since the last look.
 */
export const expiryEvents = (
  emit: Emit,
  inForce: () => ReadonlyArray<Knowledge>,
  clock: () => number = Date.now,
  kinds: Kinds = KINDS,
): (() => void) => {
  /** What was said of what is in force; the rest is forgotten. */
  let said: ReadonlySet<string> = new Set()
  return () => {
    const now = clock()
    const saying = new Set<string>()
    const parts = { "status_list.expiring": [] as Array<ActiveEnd>, "status_list.expired": [] as Array<ActiveEnd> }
    for (const end of endsInForce(kinds, inForce())) {
      const phase = phaseAt(end.expires, now, end.soonMs)
      if (phase === "lasts") continue
      const step = phase === "expired" || end.isPart ? phase : WARNINGS_MS.find((ms) => end.expires - now <= ms)
      const key = `${step} ${end.what} ${end.hash}`
      saying.add(key)
      if (said.has(key)) continue
      if (end.isPart) parts[phase === "expired" ? "status_list.expired" : "status_list.expiring"].push(end)
      else emit(itemEvent(end, now))
    }
    for (const code of ["status_list.expiring", "status_list.expired"] as const)
      if (parts[code].length > 0) emit(partsEvent(code, parts[code]))
    said = saying
  }
}
