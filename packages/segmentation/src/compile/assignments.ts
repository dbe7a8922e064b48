import type { SegmentationPolicy } from "@assay/trust"

/** Finds the index of the zone of a device, or -1. Same answers as `zoneOfDevice`. */
export type DeviceLookup = (device: string, vendor: string | null, deviceClass: string | null) => number

const NONE = Number.POSITIVE_INFINITY

/** Three maps that hold positions in the file; the lowest of what fits is the first match. No answer is kept. */
export const deviceLookup = (policy: SegmentationPolicy, zoneIndex: ReadonlyMap<string, number>): DeviceLookup => {
  const zoneAt = policy.assignments.map((a) => zoneIndex.get(a.zone) ?? -1)
  const byDid = new Map<string, number>()
  const byVendor = new Map<string, number>()
  const byClass = new Map<string, number>()
  const byBoth = new Map<string, Map<string, number>>()
  const first = <K>(map: Map<K, number>, key: K, index: number): void => {
    if (!map.has(key)) map.set(key, index)
  }
  for (const [i, a] of policy.assignments.entries()) {
    for (const did of a.devices) first(byDid, did, zoneAt[i]!)
    if (a.vendor !== null && a.class !== null) {
      const classes = byBoth.get(a.vendor) ?? new Map<string, number>()
      byBoth.set(a.vendor, classes)
      first(classes, a.class, i)
    } else if (a.vendor !== null) first(byVendor, a.vendor, i)
    else if (a.class !== null) first(byClass, a.class, i)
  }
  return (device, vendor, deviceClass) => {
    const zone = byDid.get(device)
    if (zone !== undefined) return zone
    let best = NONE
    if (vendor !== null) {
      best = byVendor.get(vendor) ?? NONE
      if (deviceClass !== null) best = Math.min(best, byBoth.get(vendor)?.get(deviceClass) ?? NONE)
    }
    if (deviceClass !== null) best = Math.min(best, byClass.get(deviceClass) ?? NONE)
    return best === NONE ? -1 : zoneAt[best]!
  }
}
