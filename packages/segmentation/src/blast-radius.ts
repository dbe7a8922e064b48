/**
 * Blast radius: how far a compromised device gets by what the policy lets flow. Edges are typed. Only flows that make a
 * receiver act (command, config, firmware) carry a compromise on; telemetry and events are exposure: the receiver can
 * be lied to, but not driven. (With untyped edges nearly everything reaches nearly everything, which says nothing.)
 */
import { ACTIONS, type Action, type SegmentationPolicy } from "@assay/trust"
import { compilePolicy } from "./compile/compile.ts"
import { ACTION_INDEX, classOf, flowIndex, type Table } from "./compile/table.ts"

/** Actions by which a compromise moves on to its receiver. */
export const PIVOT_ACTIONS: ReadonlyArray<Action> = ["command", "config", "firmware"]

export interface BlastOptions {
  /** How much each zone matters, by id; a zone not named weighs 1. For example its number of devices times criticality. */
  readonly weights?: ReadonlyMap<string, number>
  /** Zones cut off: nothing flows out of them. */
  readonly quarantined?: ReadonlySet<string>
}

export interface BlastRadius {
  readonly zone: string
  /** Zones that a device of the zone can drive directly. */
  readonly driven: ReadonlyArray<string>
  /** Zones that it can drive at last, over compromised devices of any class. */
  readonly reachable: ReadonlyArray<string>
  /** Zones that it, or a zone it reached, can lie to by telemetry and events, but not drive. */
  readonly exposed: ReadonlyArray<string>
  /** Weight of `reachable` over the weight of all zones, 0..1. */
  readonly fraction: number
}

export interface Containment {
  readonly zones: ReadonlyArray<BlastRadius>
  readonly mean: number
  readonly p95: number
  readonly max: number
  /** 1 - edge density over all ordered pairs of zones and any action: 1 means that nothing flows. */
  readonly segmentedness: number
}

/**
 * The blast radius of a device in a zone. The zone itself counts only where a conduit leads back into it. Time windows,
 * rates, expiry and trust are ignored: this is what the policy allows at its most open.
 * @param deviceClass the class of the compromised device; null takes every class, the worst case
 * @throws RangeError where the policy has no such zone
 */
export const blastRadius = (
  policy: SegmentationPolicy,
  zone: string,
  deviceClass: string | null = null,
  options: BlastOptions = {},
): BlastRadius => {
  const { table } = compilePolicy(policy)
  const start = table.zoneIndex.get(zone)
  if (start === undefined) throw new RangeError(`the policy has no zone "${zone}"`)
  const cut = (from: number): boolean => options.quarantined?.has(table.zones[from]!) ?? false
  const leads = (from: number, to: number, actions: ReadonlyArray<Action>, cls: string | null): boolean =>
    !cut(from) && carries(table, from, to, actions, cls)

  const all = table.zones.map((_, i) => i)
  const driven = all.filter((to) => leads(start, to, PIVOT_ACTIONS, deviceClass))
  const reached = new Set(driven)
  for (const from of reached) for (const to of all) if (leads(from, to, PIVOT_ACTIONS, null)) reached.add(to)
  const exposed = all.filter(
    (to) =>
      !reached.has(to) &&
      (leads(start, to, ACTIONS, deviceClass) || [...reached].some((from) => leads(from, to, ACTIONS, null))),
  )
  const weigh = (zones: Iterable<number>): number => {
    let sum = 0
    for (const i of zones) sum += options.weights?.get(table.zones[i]!) ?? 1
    return sum
  }
  const total = weigh(all)
  const names = (zones: Iterable<number>): ReadonlyArray<string> =>
    [...zones].sort((a, b) => a - b).map((i) => table.zones[i]!)
  return {
    zone,
    driven: names(driven),
    reachable: names(reached),
    exposed: names(exposed),
    fraction: total === 0 ? 0 : weigh(reached) / total,
  }
}

/** The blast radius of every zone, and how it spreads: mean, 95th percentile (nearest rank) and maximum. */
export const containment = (policy: SegmentationPolicy, options: BlastOptions = {}): Containment => {
  const { table } = compilePolicy(policy)
  const zones = table.zones.map((zone) => blastRadius(policy, zone, null, options))
  const sorted = zones.map((z) => z.fraction).sort((a, b) => a - b)
  let edges = 0
  for (let from = 0; from < table.zones.length; from++)
    for (let to = 0; to < table.zones.length; to++) if (carries(table, from, to, ACTIONS, null)) edges++
  return {
    zones,
    mean: sorted.reduce((sum, f) => sum + f, 0) / Math.max(1, sorted.length),
    p95: sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? 0,
    max: sorted.at(-1) ?? 0,
    segmentedness: sorted.length === 0 ? 1 : 1 - edges / sorted.length ** 2,
  }
}

/** Whether any conduit carries one of the actions; for one class, or for any (null). */
const carries = (table: Table, from: number, to: number, actions: ReadonlyArray<Action>, cls: string | null): boolean =>
  actions.some((action) => {
    const first = flowIndex(table, from, to, ACTION_INDEX[action], 0)
    if (cls !== null) return table.flows[first + classOf(table, cls)]! >= 0
    for (let i = 0; i <= table.classes.length; i++) if (table.flows[first + i]! >= 0) return true
    return false
  })
