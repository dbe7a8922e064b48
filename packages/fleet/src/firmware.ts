/** What the manufacturer has released. */
import type { FirmwareClaim, FirmwareReference } from "@assay/trust"
import { derive } from "./keys.ts"
import { DEVICE_CLASS, VENDOR } from "./plant.ts"

const release = (seed: string, version: string, svn: number): FirmwareClaim => ({
  vendor: VENDOR,
  class: DEVICE_CLASS,
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

export const releasesOf = (seed: string): Releases => {
  const current = release(seed, "1.2.0", 3)
  const older = release(seed, "1.1.0", 2)
  const broken = release(seed, "1.0.0", 1)
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
