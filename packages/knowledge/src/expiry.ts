/**
 * What runs out, and how near its end is. One set of rules for all who speak of it: the commands that check and activate,
 * a node's log lines and its readiness, doctor. Pure; times in milliseconds since 1970.
 */
import { type Active, type Knowledge, kindOfItem } from "@assay/trust"
import { type Kinds, type KnowledgeKind, kindOf } from "./kind.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** An item that ends within this time is said to end soon: time enough to have a new one signed by several roots. */
export const SOON_MS = 14 * DAY_MS

/** `lasts`: nothing is to be done. */
export type Phase = "lasts" | "soon" | "expired"

export const phaseAt = (expires: number, time: number, soonMs: number = SOON_MS): Phase =>
  expires <= time ? "expired" : expires - time <= soonMs ? "soon" : "lasts"

/** Something that runs out. */
export interface End {
  /** For people, for example `the trust bundle`. */
  readonly what: string
  readonly expires: number
  /** It ends soon from so long before on. */
  readonly soonMs: number
  /** What cannot be verified from then on. */
  readonly stops: "everything" | "subject"
  /** A part of the item, which has no version of its own, such as a status list of a bundle. */
  readonly isPart: boolean
}

/** The item itself first, unless it is renewed all the time, then its parts. */
export const endsOf = <Body>(
  kind: KnowledgeKind<Body>,
  { body, expires, subject }: { readonly body: Body; readonly expires: number; readonly subject: string },
): ReadonlyArray<End> => [
  ...(kind.renewed
    ? []
    : [
        {
          what: subject === "" ? kind.title : `${kind.title} of ${subject}`,
          expires,
          soonMs: SOON_MS,
          stops: kind.stops,
          isPart: false,
        },
      ]),
  ...(kind.parts?.(body) ?? []).map(
    (part): End => ({ ...part, soonMs: Math.min(SOON_MS, part.soonMs), stops: "subject", isPart: true }),
  ),
]

export interface ActiveEnd extends End {
  /** The kind's name, for example `bundle`. */
  readonly item: string
  readonly version: number
  readonly hash: string
}

const known = new WeakMap<Active<unknown>, ReadonlyArray<ActiveEnd>>()

/** All that runs out of what is in force, each once however many partitions and stages have it. */
export const endsInForce = (kinds: Kinds, all: Iterable<Knowledge>): ReadonlyArray<ActiveEnd> => {
  const seen = new Set<string>()
  const ends: Array<ActiveEnd> = []
  for (const { items } of all)
    for (const [key, active] of items) {
      const name = `${key} ${active.hash}`
      if (seen.has(name)) continue
      seen.add(name)
      let found = known.get(active)
      if (found === undefined) {
        found = activeEnds(kinds, key, active)
        known.set(active, found)
      }
      ends.push(...found)
    }
  return ends
}

const activeEnds = (kinds: Kinds, key: string, active: Active<unknown>): ReadonlyArray<ActiveEnd> => {
  const item = kindOfItem(key)
  const kind = kindOf(kinds, item)
  if (kind === null || (kind.fleeting && !kind.renewed)) return [] // nothing comes into force that this version does not know
  const { body, expires, version, hash } = active
  const subject = key.slice(item.length + 1)
  return endsOf(kind, { body, expires, subject }).map((end) => ({ ...end, item, version, hash }))
}

/** Why nothing can be verified any more under what is in force, and what to do; null where something can. */
export const lapseOf = (kinds: Kinds, all: Iterable<Knowledge>, time: number): string | null => {
  for (const { what, item, version, expires, stops } of endsInForce(kinds, all))
    if (stops === "everything" && expires <= time)
      return `${what} of version ${version} expired at ${new Date(expires).toISOString()}: nothing is verified until a later version is activated (assay ${item} activate FILE)`
  return null
}

/** A time span in the largest unit of which there are two or more, for example `3 days`. */
export const describeSpan = (ms: number): string => {
  const units = [
    ["days", DAY_MS],
    ["hours", HOUR_MS],
    ["minutes", 60_000],
  ] as const
  for (const [unit, size] of units) if (ms >= 2 * size) return `${Math.floor(ms / size)} ${unit}`
  return `${Math.max(0, Math.floor(ms / 1_000))} seconds`
}

/** What is short about these ends, one sentence each. */
export const shortEnds = (ends: ReadonlyArray<End>, time: number): ReadonlyArray<string> =>
  ends.flatMap(({ what, expires, soonMs, isPart }) => {
    const phase = phaseAt(expires, time, soonMs)
    if (phase === "lasts") return []
    const [past, will] = isPart ? ["is past its maximum age since", "reaches its maximum age"] : ["expired", "expires"]
    const at = new Date(expires).toISOString()
    return [
      phase === "expired" ? `${what} ${past} ${at}` : `${what} ${will} in ${describeSpan(expires - time)}, at ${at}`,
    ]
  })
