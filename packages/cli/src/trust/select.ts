/** Which devices a selector means: by vendor, class, zone and time, from the states that the log keeps. */

import type { Log } from "@assay/log"
import { compilePolicy } from "@assay/segmentation"
import type { SegmentationPolicy, TrustState } from "@assay/trust"
import { knownDevices, trustsIn } from "./states.ts"

export interface Selector {
  readonly vendor: string | null
  readonly class: string | null
  /** The zone, and the policy in force that assigns devices to it. */
  readonly zone: { readonly id: string; readonly policy: SegmentationPolicy } | null
  /** Devices that were heard at or after it, milliseconds since 1970. */
  readonly since: number | null
}

export interface Selected {
  /** DIDs, sorted. */
  readonly devices: ReadonlyArray<string>
  /** DIDs that the selector means too, and which are left out: what they are watched or convicted for must not be forgotten. */
  readonly leftOut: ReadonlyArray<{ readonly device: string; readonly state: TrustState }>
}

const LEARNS: ReadonlySet<TrustState> = new Set(["learning", "trusted"])

export const selectDevices = async (log: Log, wanted: Selector): Promise<Selected> => {
  const devices: Array<string> = []
  const leftOut: Array<Selected["leftOut"][number]> = []
  const models = await knownDevices(log)
  const { zone } = wanted
  const compiled = zone === null ? null : compilePolicy(zone.policy)
  for (let partition = 0; partition < log.partitions; partition++)
    for (const [device, { state, heard }] of await trustsIn(log, partition)) {
      const model = models.get(device)
      const isMeant =
        model !== undefined &&
        (wanted.vendor === null || model.vendor === wanted.vendor) &&
        (wanted.class === null || model.class === wanted.class) &&
        (compiled === null ||
          compiled.table.zones[compiled.zoneOfDevice(device, model.vendor, model.class)] === zone?.id) &&
        (wanted.since === null || heard >= wanted.since)
      if (!isMeant) continue
      if (LEARNS.has(state)) devices.push(device)
      else leftOut.push({ device, state })
    }
  return { devices: devices.sort(), leftOut }
}
