/** What a candidate policy would change, flow by flow: exhaustive, because zones, actions and classes are finite. */
import { ACTIONS, type Action, type SegmentationPolicy } from "@assay/trust"
import { type CompiledPolicy, compilePolicy } from "./compile/compile.ts"
import { ACTION_INDEX, classOf, flowIndex } from "./compile/table.ts"

/** One flow. `class` is null for every class that neither policy names. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly action: Action
  readonly class: string | null
}

export interface ChangedTerms extends Flow {
  readonly before: string
  readonly after: string
}

export interface Move {
  /** An audience pattern, a DID, or `vendor/class` with `*` for any. */
  readonly what: string
  readonly before: string | null
  readonly after: string | null
}

export interface PolicyDiff {
  readonly allowed: ReadonlyArray<Flow & { readonly conduit: string }>
  /** `conduit` is the one that carried it before. */
  readonly denied: ReadonlyArray<Flow & { readonly conduit: string }>
  /** Allowed before and after, on other terms (trust, assurance, rate, window, expiry, mode). Terms as text. */
  readonly terms: ReadonlyArray<ChangedTerms>
  /** Audiences and devices that lie in another zone now. */
  readonly moved: ReadonlyArray<Move>
}

/** Compares two policies on every flow of both. Zones are compared by id. */
export const diffPolicies = (before: SegmentationPolicy, after: SegmentationPolicy): PolicyDiff => {
  const a = compilePolicy(before)
  const b = compilePolicy(after)
  const zones = [...new Set([...a.table.zones, ...b.table.zones])]
  const classes: ReadonlyArray<string | null> = [...new Set([...a.table.classes, ...b.table.classes]), null]
  const diff = { allowed: [] as Array<Flow & { conduit: string }>, denied: [] as Array<Flow & { conduit: string }> }
  const terms: ChangedTerms[] = []
  for (const from of zones)
    for (const to of zones)
      for (const action of ACTIONS)
        for (const cls of classes) {
          const flow: Flow = { from, to, action, class: cls }
          const old = conduitOf(a, flow)
          const now = conduitOf(b, flow)
          if (old === -1 && now === -1) continue
          if (old === -1) diff.allowed.push({ ...flow, conduit: after.conduits[now]!.id })
          else if (now === -1) diff.denied.push({ ...flow, conduit: before.conduits[old]!.id })
          else {
            const was = termsOf(before, old)
            const is = termsOf(after, now)
            if (was !== is) terms.push({ ...flow, before: was, after: is })
          }
        }
  return { ...diff, terms, moved: moves(before, after) }
}

/** The index of the conduit that carries a flow, or -1. */
export const conduitOf = (compiled: CompiledPolicy, flow: Flow): number => {
  const { table } = compiled
  const from = table.zoneIndex.get(flow.from)
  const to = table.zoneIndex.get(flow.to)
  if (from === undefined || to === undefined) return -1
  return Math.max(-1, table.flows[flowIndex(table, from, to, ACTION_INDEX[flow.action], classOf(table, flow.class))]!)
}

const termsOf = (policy: SegmentationPolicy, index: number): string => {
  const { mode, observeUntil, minTrust, minAssurance, ratePerMinute, window, expires } = policy.conduits[index]!
  return JSON.stringify({ mode, observeUntil, minTrust, minAssurance, ratePerMinute, window, expires })
}

const moves = (before: SegmentationPolicy, after: SegmentationPolicy): ReadonlyArray<Move> => {
  const old = placements(before)
  const now = placements(after)
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((what) => old.get(what) !== now.get(what))
    .map((what) => ({ what, before: old.get(what) ?? null, after: now.get(what) ?? null }))
}

/** Zones by what is put into them; the first in file order, as the lookups have it. */
const placements = (policy: SegmentationPolicy): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  const put = (what: string, zone: string): void => {
    if (!found.has(what)) found.set(what, zone)
  }
  for (const zone of policy.zones) for (const pattern of zone.audiences) put(pattern, zone.id)
  for (const a of policy.assignments) {
    for (const did of a.devices) put(did, a.zone)
    if (a.vendor !== null || a.class !== null) put(`${a.vendor ?? "*"}/${a.class ?? "*"}`, a.zone)
  }
  return found
}
