/**
 * The policy read out loud: slow, naive, and the meaning of the compiled table. The property tests hold the two against
 * each other on every flow; when they differ, this file is right.
 */
import type { Action, SegmentationPolicy, Zone } from "@assay/trust"
import { isPlainAudience, matches, prefixOf } from "./audience-pattern.ts"
import { covers, zonesById } from "./hierarchy.ts"

/** What the policy says of a flow before time and rate are looked at. Indexes are those of the policy's lists. */
export type Ruling =
  | { readonly kind: "conduit"; readonly index: number }
  | { readonly kind: "guardrail"; readonly index: number }
  | { readonly kind: "none" }

/** The first guardrail in file order that forbids the flow, or -1. */
export const guardrailOf = (
  policy: SegmentationPolicy,
  zones: ReadonlyMap<string, Zone>,
  from: string,
  to: string,
  action: Action,
): number =>
  policy.guardrails.findIndex(
    (g) => g.actions.includes(action) && covers(g.from, from, zones) && covers(g.to, to, zones),
  )

/**
 * Rules on one flow. Guardrails come first. A conduit that names the device's class beats one that carries every class;
 * among equals (which `check` refuses) the first in file order holds. No conduit, no flow, also within one zone.
 * @param deviceClass null where the class of the device is not known
 */
export const interpret = (
  policy: SegmentationPolicy,
  from: string,
  to: string,
  action: Action,
  deviceClass: string | null,
): Ruling => {
  const forbidding = guardrailOf(policy, zonesById(policy), from, to, action)
  if (forbidding >= 0) return { kind: "guardrail", index: forbidding }
  const path = (carries: (classes: ReadonlyArray<string>) => boolean): number =>
    policy.conduits.findIndex((c) => c.from === from && c.to === to && c.actions.includes(action) && carries(c.classes))
  const named = path((classes) => deviceClass !== null && classes.includes(deviceClass))
  const index = named >= 0 ? named : path((classes) => classes.length === 0)
  return index >= 0 ? { kind: "conduit", index } : { kind: "none" }
}

/**
 * The zone an audience lies in, or null. An exact pattern wins, then the longest prefix, then file order (among equals,
 * which `check` refuses). An audience that is a device's DID lies in the zone that an assignment gives to that DID.
 */
export const zoneOfAudience = (policy: SegmentationPolicy, audience: string): string | null => {
  if (!isPlainAudience(audience)) return null
  let best: { readonly zone: string; readonly rank: number } | null = null
  for (const zone of policy.zones)
    for (const pattern of zone.audiences) {
      if (!matches(pattern, audience)) continue
      const rank = prefixOf(pattern) === null ? Number.POSITIVE_INFINITY : pattern.length
      if (best === null || rank > best.rank) best = { zone: zone.id, rank }
    }
  if (best !== null) return best.zone
  return policy.assignments.find((a) => a.devices.includes(audience))?.zone ?? null
}

/** The zone a device belongs to, or null: by its DID wherever that is listed, else the first fitting vendor and class. */
export const zoneOfDevice = (
  policy: SegmentationPolicy,
  device: string,
  vendor: string | null,
  deviceClass: string | null,
): string | null => {
  const named = policy.assignments.find((a) => a.devices.includes(device))
  if (named !== undefined) return named.zone
  const fitting = policy.assignments.find(
    (a) =>
      (a.vendor !== null || a.class !== null) &&
      (a.vendor === null || a.vendor === vendor) &&
      (a.class === null || a.class === deviceClass),
  )
  return fitting?.zone ?? null
}
