/** Which release a device is to run, by the rollouts of its maker. Pure. */
import { placeOf, type Rollout } from "@assay/attestation"
import { compilePolicy } from "@assay/segmentation"
import type { Knowledge } from "@assay/trust"
import type { FirmwareModel } from "./known.ts"

export interface Targeted {
  readonly device: string
  readonly vendor: string
  readonly class: string
  /** Milliseconds since 1970. */
  readonly time: number
}

/** `behind`: another release than its rollout asks for, and its time is over. `ahead`: one that its rollouts do not give it yet. */
export interface Drift {
  readonly is: "behind" | "ahead"
  readonly wave: string
  /** The release of its rollout. */
  readonly target: string
}

/** The zone by the policy in force; null where it has none, or no policy is in force. */
const zoneOf = ({ policy }: Knowledge, { device, vendor, class: cls, time }: Targeted): string | null => {
  if (policy === null || policy.expires <= time) return null
  const { table, zoneOfDevice } = compilePolicy(policy.body)
  return table.zones[zoneOfDevice(device, vendor, cls)] ?? null
}

/** The rollout that counts for a device: of those that have begun and cover it the latest. Null where there is none. */
const rolloutOf = ({ rollouts }: FirmwareModel, knowledge: Knowledge, one: Targeted): Rollout | null => {
  if (rollouts.length === 0) return null
  const place = placeOf(one.device)
  // A device of no zone is in no wave that names some.
  const zone = rollouts.some(({ zones }) => zones.length > 0) ? zoneOf(knowledge, one) : null
  return (
    rollouts.findLast(
      ({ from, zones, percent }) =>
        from <= one.time && place < percent && (zones.length === 0 || (zone !== null && zones.includes(zone))),
    ) ?? null
  )
}

/** How what a device runs departs from its rollout; null where it does not, or no rollout asks for anything yet. */
export const driftOf = (model: FirmwareModel, knowledge: Knowledge, version: string, one: Targeted): Drift | null => {
  const rollout = rolloutOf(model, knowledge, one)
  if (rollout === null || rollout.version === version) return null
  const { wave, version: target, by } = rollout
  // What is given to others, and later than what this one is to run.
  const isAhead = model.rollouts.some((other) => other.version === version && other.from >= rollout.from)
  if (isAhead) return { is: "ahead", wave, target }
  return by !== null && by <= one.time ? { is: "behind", wave, target } : null
}
