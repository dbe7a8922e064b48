/** Bills of materials: CycloneDX 1.x and SPDX 2.x, both as JSON. What they say of one firmware, and what is in it. */
import { isObject, type Json, type JsonObject } from "@assay/jose"
import { FirmwareError } from "../error.ts"
import { jsonOf, listIn, objectIn, objectsIn, textIn } from "../json.ts"
import type { Software } from "./component.ts"

export interface Sbom {
  /** The firmware itself. */
  readonly of: Software
  readonly contains: ReadonlyArray<Software>
}

const MAX_DEPTH = 16
const SHA256 = /^[0-9a-f]{64}$/

const digest = (algorithm: Json | undefined, value: Json | undefined): ReadonlyArray<string> => {
  const hex = textIn(value)?.toLowerCase() ?? ""
  return textIn(algorithm)?.replace("-", "").toUpperCase() === "SHA256" && SHA256.test(hex) ? [hex] : []
}

const ofCycloneDx = (component: JsonObject): Software => ({
  name: textIn(component["name"]) ?? "",
  version: textIn(component["version"]),
  purl: textIn(component["purl"]),
  cpe: textIn(component["cpe"]),
  digests: objectsIn(component["hashes"], "hashes").flatMap(({ alg, content }) => digest(alg, content)),
})

/** With what lies in them. */
const flatten = (components: Json | undefined, depth = 0): ReadonlyArray<Software> => {
  if (depth > MAX_DEPTH)
    throw new FirmwareError("firmware.malformed", `components lie deeper than ${MAX_DEPTH} in each other`)
  return objectsIn(components, "components").flatMap((one) => [
    ofCycloneDx(one),
    ...flatten(one["components"], depth + 1),
  ])
}

const readCycloneDx = (bom: JsonObject): Sbom => {
  const main = objectIn(bom["metadata"])["component"]
  if (!isObject(main))
    throw new FirmwareError("firmware.malformed", "the SBOM does not say of what it is: metadata.component is missing")
  return { of: ofCycloneDx(main), contains: [...flatten(bom["components"]), ...flatten(main["components"])] }
}

const ofSpdx = (one: JsonObject): Software => {
  const refs = objectsIn(one["externalRefs"], "externalRefs")
  const ref = (type: string): string | null =>
    textIn(refs.find(({ referenceType }) => referenceType === type)?.["referenceLocator"])
  return {
    name: textIn(one["name"]) ?? "",
    version: textIn(one["versionInfo"]),
    purl: ref("purl"),
    cpe: ref("cpe23Type"),
    digests: objectsIn(one["checksums"], "checksums").flatMap(({ algorithm, checksumValue }) =>
      digest(algorithm, checksumValue),
    ),
  }
}

const readSpdx = (bom: JsonObject): Sbom => {
  const packages = objectsIn(bom["packages"], "packages")
  const described = new Set([
    ...listIn(bom["documentDescribes"], "documentDescribes"),
    ...objectsIn(bom["relationships"], "relationships")
      .filter(({ relationshipType }) => relationshipType === "DESCRIBES")
      .map(({ relatedSpdxElement }) => relatedSpdxElement),
  ])
  const main = packages.filter(({ SPDXID }) => described.has(SPDXID ?? null))
  if (main.length !== 1)
    throw new FirmwareError(
      "firmware.malformed",
      `the SBOM describes ${main.length} packages; one for each firmware is needed`,
    )
  return { of: ofSpdx(main[0]!), contains: packages.filter((one) => one !== main[0]).map(ofSpdx) }
}

/** @throws FirmwareError that says what is missing */
export const readSbom = (bytes: Uint8Array): Sbom => {
  const bom = jsonOf(bytes, "the SBOM")
  if (bom["bomFormat"] === "CycloneDX") return readCycloneDx(bom)
  if (textIn(bom["spdxVersion"])?.startsWith("SPDX-2") === true) return readSpdx(bom)
  throw new FirmwareError("firmware.unsupported", "the SBOM is neither CycloneDX nor SPDX 2 in JSON")
}
