import type { SegmentationPolicy } from "@assay/trust"
import { isPlainAudience, MAX_AUDIENCE, prefixOf } from "../audience-pattern.ts"

/** Answers kept; audiences come from devices, so the memory of them is bounded. */
const REMEMBERED = 8_192

/** Finds the index of the zone that an audience lies in, or -1. Same answers as `zoneOfAudience`. */
export type AudienceLookup = (audience: string) => number

/**
 * Exact patterns in a map, prefixes in a map by their text, looked up from the longest slash to the shortest: an
 * audience has few slashes. Answers are remembered in two generations, so that a stream of invented audiences pushes
 * out the real ones at most once per generation and never grows.
 */
export const audienceLookup = (policy: SegmentationPolicy, zoneIndex: ReadonlyMap<string, number>): AudienceLookup => {
  const exact = new Map<string, number>()
  const prefixes = new Map<string, number>()
  for (const zone of policy.zones)
    for (const pattern of zone.audiences) {
      const prefix = prefixOf(pattern)
      const [map, text] = prefix === null ? ([exact, pattern] as const) : ([prefixes, prefix] as const)
      if (!map.has(text)) map.set(text, zoneIndex.get(zone.id) ?? -1)
    }
  const devices = new Map<string, number>()
  for (const { zone, devices: dids } of policy.assignments)
    for (const did of dids) if (!devices.has(did)) devices.set(did, zoneIndex.get(zone) ?? -1)

  const find = (audience: string): number => {
    if (!isPlainAudience(audience)) return -1
    const hit = exact.get(audience)
    if (hit !== undefined) return hit
    for (let end = audience.lastIndexOf("/"); end > 0; end = audience.lastIndexOf("/", end - 1)) {
      const zone = prefixes.get(audience.slice(0, end + 1))
      if (zone !== undefined) return zone
    }
    return devices.get(audience) ?? -1
  }

  let young = new Map<string, number>()
  let old = new Map<string, number>()
  return (audience) => {
    if (audience.length > MAX_AUDIENCE) return -1
    const known = young.get(audience)
    if (known !== undefined) return known
    const zone = old.get(audience) ?? find(audience)
    if (young.size >= REMEMBERED / 2) {
      old = young
      young = new Map()
    }
    young.set(audience, zone)
    return zone
  }
}
