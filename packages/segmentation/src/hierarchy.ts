import type { SegmentationPolicy, Zone } from "@assay/trust"

/** Matches every zone in a guardrail. */
export const ANY_ZONE = "*"

/**
 * Whether a guardrail's zone covers a zone: `*`, the zone itself, or one of its ancestors. Forbids reach down the
 * hierarchy and conduits do not (they name exactly two zones), so that a new child zone starts closed, never open.
 */
export const covers = (forbidden: string, zone: string, zones: ReadonlyMap<string, Zone>): boolean => {
  if (forbidden === ANY_ZONE) return true
  let at: string | null = zone
  // Bounded by the number of zones, so that a cycle in a policy that was never checked cannot hang a stage.
  for (let steps = 0; at !== null && steps <= zones.size; steps++) {
    if (at === forbidden) return true
    at = zones.get(at)?.parent ?? null
  }
  return false
}

/** The zones of a policy by id. */
export const zonesById = (policy: SegmentationPolicy): ReadonlyMap<string, Zone> =>
  new Map(policy.zones.map((zone) => [zone.id, zone]))
