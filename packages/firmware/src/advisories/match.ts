/**
 * Which listed firmware an advisory is about: by the digest of its image, or by what its bill of materials says is in it. A statement on
 * the product (VEX) counts more than one on a package (OSV); of two such statements the worse one does.
 */
import type { FirmwareRelease, References } from "@assay/attestation"
import { FirmwareError } from "../error.ts"
import type { Software } from "../sbom/component.ts"
import type { Sbom } from "../sbom/read.ts"
import type { AdvisoryDocument, Word } from "./document.ts"

export interface MatchedFirmware {
  readonly release: FirmwareRelease
  /** What of it is affected, for people. */
  readonly because: ReadonlyArray<string>
}

const wordOf = (documents: ReadonlyArray<AdvisoryDocument>, of: Software): Word | null => {
  const words = (isVex: boolean): ReadonlyArray<Word> =>
    documents
      .filter(({ format }) => (format !== "osv") === isVex)
      .map((one) => one.wordOn(of))
      .filter((word) => word !== null)
  const [vex, osv] = [words(true), words(false)]
  const counting = vex.length > 0 ? vex : osv
  return counting.includes("affected") ? "affected" : (counting[0] ?? null)
}

const describe = ({ name, version, purl }: Software): string =>
  purl ?? [name, version].filter((one) => one !== null).join(" ")

/** The releases that a bill of materials is of. @throws FirmwareError where it is of none that is listed */
const releasesOf = (releases: ReadonlyArray<FirmwareRelease>, { of }: Sbom): ReadonlyArray<FirmwareRelease> => {
  const byDigest = releases.filter(({ digest, components }) =>
    [digest, ...components.map((one) => one.digest)].some((one) => of.digests.includes(one)),
  )
  const found =
    byDigest.length > 0 || of.digests.length > 0 ? byDigest : releases.filter(({ version }) => version === of.version)
  if (found.length === 0)
    throw new FirmwareError(
      "firmware.other_model",
      `the SBOM of ${describe(of)} is of no listed release: neither by its SHA-256 nor, where it has none, by its version`,
    )
  return found
}

/** @throws FirmwareError where a bill of materials is of no listed release */
export const matchAdvisory = (
  documents: ReadonlyArray<AdvisoryDocument>,
  { firmware }: Pick<References, "firmware">,
  sboms: ReadonlyArray<Sbom>,
): ReadonlyArray<MatchedFirmware> => {
  const releases = firmware?.releases ?? []
  const software = new Map<FirmwareRelease, Array<Software>>(
    releases.map((release) => {
      const digests = [release.digest, ...release.components.map(({ digest }) => digest)]
      return [release, [{ name: "firmware", version: release.version, purl: null, cpe: null, digests }]]
    }),
  )
  for (const sbom of sboms)
    for (const release of releasesOf(releases, sbom)) software.get(release)!.push(sbom.of, ...sbom.contains)
  return releases.flatMap((release) => {
    const all = software.get(release)!
    // Said of the product as a whole, it is said of what is in it.
    const whole = [all[0]!, ...sboms.map(({ of }) => of).filter((one) => all.includes(one))]
    const words = whole.map((one) =>
      wordOf(
        documents.filter(({ format }) => format !== "osv"),
        one,
      ),
    )
    if (words.includes("not_affected") && !words.includes("affected")) return []
    const because = all.filter((one) => wordOf(documents, one) === "affected").map(describe)
    return because.length === 0 ? [] : [{ release, because: [...new Set(because)] }]
  })
}
