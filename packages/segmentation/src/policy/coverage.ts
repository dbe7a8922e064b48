/** Which zone things fall into: audiences by pattern, devices by assignment. Part of `check.ts`. */
import { matches, prefixOf } from "../audience-pattern.ts"
import type { Check } from "./check.ts"

/** Two zones may not claim the same pattern; nested patterns are fine and said so, because the longer one wins. */
export const checkAudiences = ({ policy, placeOf, problems }: Check): void => {
  const owners = new Map<string, string>()
  for (const [i, zone] of policy.zones.entries())
    for (const [j, pattern] of zone.audiences.entries()) {
      const owner = owners.get(pattern)
      if (owner === undefined) owners.set(pattern, zone.id)
      else
        problems.error(
          placeOf(`zones[${i}].audiences[${j}]`),
          `"${pattern}" lies in zone "${owner}" already`,
          "give each pattern to one zone",
        )
    }
  for (const [i, zone] of policy.zones.entries())
    for (const [j, pattern] of zone.audiences.entries()) {
      const wider = widerPattern(pattern, zone.id, owners)
      if (wider !== null)
        problems.warn(
          placeOf(`zones[${i}].audiences[${j}]`),
          `lies inside "${wider}" of zone "${owners.get(wider)}"`,
          `nothing to do if "${zone.id}" is meant to win here: an exact pattern wins, then the longest`,
        )
    }
}

/** The longest prefix pattern of another zone that contains this pattern, found by walking up its slashes. */
const widerPattern = (pattern: string, zone: string, owners: ReadonlyMap<string, string>): string | null => {
  const plain = prefixOf(pattern) ?? pattern
  for (let end = plain.lastIndexOf("/"); end > 0; end = plain.lastIndexOf("/", end - 1)) {
    const candidate = `${plain.slice(0, end)}/*`
    const owner = owners.get(candidate)
    if (candidate !== pattern && owner !== undefined && owner !== zone && matches(candidate, plain)) return candidate
  }
  return null
}

/** Every assignment can match, every DID has one zone, and zones that no device can be in are named. */
export const checkAssignments = ({ policy, placeOf, problems }: Check): void => {
  const devices = new Map<string, number>()
  const facts = new Map<string, number>()
  const factsKey = (vendor: string | null, cls: string | null): string => JSON.stringify([vendor, cls])
  for (const [i, a] of policy.assignments.entries()) {
    const at = placeOf(`assignments[${i}]`)
    const byFacts = a.vendor !== null || a.class !== null
    if (a.devices.length > 0 && byFacts)
      problems.error(at, "names both devices and facts", "part it: one by `devices`, one by `vendor` and `class`")
    if (a.devices.length === 0 && !byFacts)
      problems.error(at, "matches no device", "add `devices`, or `vendor` and `class`")
    for (const [j, did] of a.devices.entries()) {
      const first = devices.get(did)
      if (first === undefined) devices.set(did, i)
      else
        problems.error(
          placeOf(`assignments[${i}].devices[${j}]`),
          `the device is assigned by assignments[${first}] already`,
          "give each device one zone",
        )
    }
    if (!byFacts) continue
    const wider = [factsKey(a.vendor, a.class), factsKey(a.vendor, null), factsKey(null, a.class)]
      .map((key) => facts.get(key))
      .find((index) => index !== undefined)
    if (wider !== undefined)
      problems.error(
        at,
        `assignments[${wider}] matches the same devices first`,
        "put the narrower one before the wider",
      )
    else facts.set(factsKey(a.vendor, a.class), i)
  }
  const inhabited = new Set(policy.assignments.map((a) => a.zone))
  const parents = new Set(policy.zones.map((zone) => zone.parent))
  for (const [i, zone] of policy.zones.entries())
    if (!inhabited.has(zone.id) && zone.audiences.length === 0 && !parents.has(zone.id))
      problems.warn(
        placeOf(`zones[${i}].id`),
        `zone "${zone.id}" is unassigned and has no audiences`,
        "assign devices, or remove it",
      )
  for (const [i, c] of policy.conduits.entries()) {
    if (!inhabited.has(c.from))
      problems.warn(
        placeOf(`conduits[${i}].from`),
        `no device is assigned to "${c.from}"`,
        "assign devices to the zone",
      )
  }
}
