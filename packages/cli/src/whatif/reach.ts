/** Blast radius before and after: what a compromised device of each zone can drive, in zones and in devices that speak. */
import { type Containment, containment, pathOf } from "@assay/segmentation"
import type { SegmentationPolicy } from "@assay/trust"

export interface Side {
  /** Devices that speak, in the zone. */
  readonly devices: number
  /** Zones that one of them can drive at last. */
  readonly zones: ReadonlyArray<string>
  /** Devices that speak, in those zones. */
  readonly reached: number
}

export interface ZoneReach {
  readonly zone: string
  /** Null where the policy has no such zone. */
  readonly before: Side | null
  readonly after: Side | null
}

export interface Reach {
  readonly zones: ReadonlyArray<ZoneReach>
  /** Share of all devices that speak: the mean and the most over the zones, 0..1. */
  readonly before: Pick<Containment, "mean" | "max">
  readonly after: Pick<Containment, "mean" | "max">
}

type Known = ReadonlyMap<string, { readonly vendor: string | null; readonly class: string | null }>

const perZone = (policy: SegmentationPolicy, known: Known): ReadonlyMap<string, number> => {
  const counts = new Map(policy.zones.map(({ id }) => [id, 0]))
  for (const [device, facts] of known) {
    const { from } = pathOf(policy, { device, ...facts, audience: "", action: "telemetry" })
    if (from !== null) counts.set(from, counts.get(from)! + 1)
  }
  return counts
}

const sides = (policy: SegmentationPolicy, known: Known) => {
  const weights = perZone(policy, known)
  const { zones, mean, max } = containment(policy, { weights })
  const found = new Map<string, Side>()
  for (const { zone, reachable } of zones) {
    const reached = reachable.reduce((sum, one) => sum + weights.get(one)!, 0)
    found.set(zone, { devices: weights.get(zone)!, zones: reachable, reached })
  }
  return { found, sum: { mean, max } }
}

/** @param known devices that speak, with what places them in a zone */
export const reachOf = (before: SegmentationPolicy, after: SegmentationPolicy, known: Known): Reach => {
  const a = sides(before, known)
  const b = sides(after, known)
  const zones = [...new Set([...a.found.keys(), ...b.found.keys()])].map((zone) => ({
    zone,
    before: a.found.get(zone) ?? null,
    after: b.found.get(zone) ?? null,
  }))
  return { zones, before: a.sum, after: b.sum }
}
