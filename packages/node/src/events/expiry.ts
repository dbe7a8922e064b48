/** Knowledge in force that runs out: no batch tells. Looked at once a second. */
import {
  type ActiveEnd,
  BUNDLE,
  describeSpan,
  endsInForce,
  KINDS,
  type Kinds,
  type Phase,
  phaseAt,
  SOON_MS,
  STATUS_LIST,
} from "@assay/knowledge"
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

/** What is replaced all the time, by whom, and how its lines are called. */
const PARTS = {
  lists: { soon: "status_list.expiring", over: "status_list.expired", title: "status lists", member: "lists" },
  renewals: { soon: "renewal.due", over: "renewal.missed", title: "items that resolvers renew", member: "items" },
} as const

const LISTING: ReadonlySet<string> = new Set([BUNDLE.name, STATUS_LIST.name])

const partsEvent = (of: keyof typeof PARTS, phase: Phase, parts: ReadonlyArray<ActiveEnd>): NodeEvent => {
  const { soon, over, title, member } = PARTS[of]
  const words = phase === "expired" ? "past their maximum age" : "in the last quarter of their maximum age"
  const named = parts.slice(0, NAMED).map(({ what, expires }) => ({
    [of === "lists" ? "list" : "item"]: what,
    expires: new Date(expires).toISOString(),
  }))
  return {
    code: phase === "expired" ? over : soon,
    message: `${parts.length} ${title} are ${words}`,
    details: { count: parts.length, [member]: named },
  }
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
    const parts = new Map<string, Array<ActiveEnd>>()
    for (const end of endsInForce(kinds, inForce())) {
      const phase = phaseAt(end.expires, now, end.soonMs)
      if (phase === "lasts") continue
      const step = phase === "expired" || end.isPart ? phase : WARNINGS_MS.find((ms) => end.expires - now <= ms)
      const key = `${step} ${end.what} ${end.hash}`
      saying.add(key)
      if (said.has(key)) continue
      if (!end.isPart) emit(itemEvent(end, now))
      else {
        const name = `${LISTING.has(end.item) ? "lists" : "renewals"} ${phase}`
        parts.set(name, [...(parts.get(name) ?? []), end])
      }
    }
    for (const group of ["lists", "renewals"] as const)
      for (const phase of ["soon", "expired"] as const) {
        const found = parts.get(`${group} ${phase}`)
        if (found !== undefined) emit(partsEvent(group, phase, found))
      }
    said = saying
  }
}
