/** What was read of a maker's document, whatever its format, and how it becomes part of reference values. */
import {
  digestOfSet,
  type FirmwareComponent,
  type FirmwareRelease,
  type References,
  type ReferenceValue,
} from "@assay/attestation"
import { FirmwareError } from "./error.ts"

/** The images of one release. */
export interface ImportedRelease {
  /** Null where the document does not say. */
  readonly version: string | null
  readonly svn: number | null
  /** One or more. Names are for a device of several images. */
  readonly components: ReadonlyArray<FirmwareComponent>
}

export interface Imported {
  readonly releases: ReadonlyArray<ImportedRelease>
  /** What hardware measures (CoRIM): digests of SHA-256, 384 or 512, hex. */
  readonly measured: ReadonlyArray<{ readonly name: string; readonly digest: string }>
  /** Whom it is for by its own words, for people. */
  readonly about: string
}

/** What the document leaves open. */
export interface ReleaseTerms {
  readonly version: string | null
  readonly svn: number | null
}

/** @throws FirmwareError where version or security version is said nowhere, or by both and differently */
export const releaseOf = ({ version, svn, components }: ImportedRelease, terms: ReleaseTerms): FirmwareRelease => {
  const one = components.length === 1 ? components[0] : undefined
  return {
    version: agreed("version", version, terms.version),
    svn: agreed("security version", svn, terms.svn),
    digest: one === undefined ? digestOfSet(components) : one.digest,
    status: "good",
    components: one === undefined ? components : [],
  }
}

const agreed = <Value>(what: string, said: Value | null, given: Value | null): Value => {
  const found = said ?? given
  if (found === null)
    throw new FirmwareError(
      "firmware.malformed",
      `the document does not say the ${what} of the release: name it in the call`,
    )
  if (said !== null && given !== null && said !== given)
    throw new FirmwareError("firmware.malformed", `the document says the ${what} ${said}, and the call ${given}`)
  return found
}

/**
 * The next version of reference values, with what was imported added. A release that is listed keeps its status: importing it again
 * takes no advisory back.
 */
export const withImported = (before: References, { releases, measured }: Imported, terms: ReleaseTerms): References => {
  const firmware = before.firmware ?? { releases: [], minimumSvn: 0, rollouts: [] }
  const known = new Set(firmware.releases.map(({ digest }) => digest))
  const added = releases.map((one) => releaseOf(one, terms)).filter(({ digest }) => !known.has(digest))
  const listed = new Set(before.components.map(({ digest }) => digest))
  const values = measured
    .filter(({ digest }) => !listed.has(digest))
    .map(({ name, digest }): ReferenceValue => ({ digest, name, status: "good" }))
  const components = [...before.components, ...values]
  const isListed = before.pcrs.length + before.events.length + components.length > 0
  return {
    ...before,
    version: before.version + 1,
    ...(firmware.releases.length + added.length === 0
      ? {}
      : { firmware: { ...firmware, releases: [...firmware.releases, ...added] } }),
    components,
    measurements: isListed ? "listed" : "none",
  }
}
