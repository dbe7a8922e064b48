/** What the manufacturer has released. */
import { digestOfSet, type FirmwareComponent, type FirmwareRelease } from "@assay/attestation"
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
  /** The first that the maker lists, as a device claims it. */
  readonly listed: FirmwareClaim & { readonly components: ReadonlyArray<FirmwareComponent> }
  readonly references: ReadonlyArray<FirmwareReference>
  /** What the maker lists beside them: two releases of two images each. */
  readonly ofMaker: ReadonlyArray<FirmwareRelease>
}

export const releasesOf = (seed: string, deviceClass: string): Releases => {
  const current = release(seed, deviceClass, "1.2.0", 3)
  const older = release(seed, deviceClass, "1.1.0", 2)
  const broken = release(seed, deviceClass, "1.0.0", 1)
  const image = (name: string, version: string): FirmwareComponent => ({
    name,
    digest: derive(seed, `image\0${name}\0${version}`).toString("hex"),
  })
  const set = (version: string, svn: number): FirmwareRelease => {
    const components = [image("main", version), image("modem", version)]
    return { version, svn, digest: digestOfSet(components), status: "good", components }
  }
  const [listed, newer] = [set("2.0.0", 4), set("2.1.0", 5)]
  const { status: _, ...claimed } = listed
  return {
    ofMaker: [listed, newer],
    listed: { vendor: VENDOR, class: deviceClass, ...claimed },
    current,
    older,
    references: [
      { ...current, status: "good" },
      { ...older, status: "good" },
      { ...broken, status: "revoked" },
    ],
  }
}
