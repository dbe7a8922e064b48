/** What the manufacturer has released. */
import type { FirmwareClaim, FirmwareReference } from "@assay/trust"
import { derive } from "./keys.ts"
import { VENDOR } from "./plant.ts"

const release = (seed: string, deviceClass: string, version: string, svn: number): FirmwareClaim => ({
  vendor: VENDOR,
  class: deviceClass,
  digest: derive(seed, `firmware\0${version}`).toString("hex"),
  version,
  svn,
})

export interface Releases {
  /** What every honest device runs. */
  readonly current: FirmwareClaim
  /** Good as well, and older. */
  readonly older: FirmwareClaim
  readonly references: ReadonlyArray<FirmwareReference>
}

export const releasesOf = (seed: string, deviceClass: string): Releases => {
  const current = release(seed, deviceClass, "1.2.0", 3)
  const older = release(seed, deviceClass, "1.1.0", 2)
  const broken = release(seed, deviceClass, "1.0.0", 1)
  return {
    current,
    older,
    references: [
      { ...current, status: "good" },
      { ...older, status: "good" },
      { ...broken, status: "revoked" },
    ],
  }
}
