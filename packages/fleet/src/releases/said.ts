/** What devices of several images claim, by what their maker lists. */
import { digestOfSet, type FirmwareComponent, type FirmwareRelease } from "@assay/attestation"
import type { Say } from "../device.ts"
import { VENDOR } from "../plant.ts"
import type { Scene } from "../scene.ts"

type Claim = NonNullable<Say["fw"]>

/** The releases that the maker lists itself, oldest first. */
export const listedIn = ({ world }: Scene): readonly [FirmwareRelease, FirmwareRelease] => {
  const [first, second] = world.firmware().firmware!.releases
  return [first!, second!]
}

/** The claim of a release with these images in it. @param digest what the claim says; that of the images where left out */
export const claimOf = (
  { world }: Scene,
  { version, svn }: Pick<FirmwareRelease, "version" | "svn">,
  components: ReadonlyArray<FirmwareComponent>,
  digest = digestOfSet(components),
): Claim => ({ vendor: VENDOR, class: world.deviceClass, version, svn, digest, components })
