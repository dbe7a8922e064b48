/** OSV (ossf.github.io/osv-schema, version 1): packages by ecosystem and name, with the versions that are affected. */
import type { JsonObject } from "@assay/jose"
import { FirmwareError } from "../error.ts"
import { jsonOf, listIn, objectIn, objectsIn, textIn } from "../json.ts"
import { isSamePurl, parsePurl, type Software } from "../sbom/component.ts"
import { type AdvisoryDocument, timeIn, type Word } from "./document.ts"
import { compareVersions } from "./versions.ts"

/** What an ecosystem is called in package URLs, where the names differ. */
const TYPES: Readonly<Record<string, string>> = {
  "crates.io": "cargo",
  go: "golang",
  rubygems: "gem",
  packagist: "composer",
  debian: "deb",
  ubuntu: "deb",
  alpine: "apk",
}

const isPackage = (named: JsonObject, of: Software): boolean => {
  const purl = textIn(named["purl"])
  if (purl !== null) return isSamePurl(purl, of)
  const [ecosystem, name] = [textIn(named["ecosystem"]), textIn(named["name"])]
  const own = of.purl === null ? null : parsePurl(of.purl)
  if (ecosystem === null || name === null || own === null) return false
  const key = ecosystem.split(":")[0]!.toLowerCase()
  const path = name.replaceAll(":", "/").toLowerCase()
  // A distribution stands before the name of its packages.
  return own.type === (TYPES[key] ?? key) && (own.path === path || own.path.endsWith(`/${path}`))
}

/** Null where its order is not known. */
const isInRange = (range: JsonObject, version: string): boolean | null => {
  if (range["type"] !== "SEMVER" && range["type"] !== "ECOSYSTEM") return null
  let isIn = false
  for (const event of objectsIn(range["events"], "events")) {
    const [introduced, fixed, last] = ["introduced", "fixed", "last_affected"].map((name) => textIn(event[name]))
    const limit = fixed ?? textIn(event["limit"])
    if (introduced != null) {
      const order = introduced === "0" ? 1 : compareVersions(version, introduced)
      if (order === null) return null
      if (order >= 0) isIn = true
    } else if (limit !== null) {
      const order = compareVersions(version, limit)
      if (order === null) return null
      if (order >= 0) isIn = false
    } else if (last != null) {
      const order = compareVersions(version, last)
      if (order === null) return null
      if (order > 0) isIn = false
    }
  }
  return isIn
}

const wordIn = (affected: JsonObject, { version, purl }: Software): Word => {
  const own = version ?? (purl === null ? null : (parsePurl(purl)?.version ?? null))
  const versions = listIn(affected["versions"], "versions")
  const ranges = objectsIn(affected["ranges"], "ranges")
  if (own === null || versions.includes(own) || versions.length + ranges.length === 0) return "affected"
  // A list of versions is complete where there are no ranges, or only such as name commits.
  const found = ranges.filter(({ type }) => type !== "GIT").map((range) => isInRange(range, own))
  if (found.length === 0) return versions.length > 0 ? "not_affected" : "affected"
  return found.some((one) => one !== false) ? "affected" : "not_affected"
}

/** @throws FirmwareError */
export const readOsv = (bytes: Uint8Array): AdvisoryDocument => {
  const osv = jsonOf(bytes, "the OSV document")
  const id = textIn(osv["id"])
  if (id === null || osv["affected"] === undefined)
    throw new FirmwareError("firmware.malformed", "an OSV document has an id, and affected packages")
  const affected = objectsIn(osv["affected"], "affected")
  // Withdrawn: it says nothing any more.
  const isWithdrawn = textIn(osv["withdrawn"]) !== null
  return {
    format: "osv",
    id,
    vulnerability: id,
    title: textIn(osv["summary"]) ?? id,
    published: timeIn(textIn(osv["published"])),
    wordOn: (software) => {
      const words = isWithdrawn
        ? []
        : affected.filter((one) => isPackage(objectIn(one["package"]), software)).map((one) => wordIn(one, software))
      return words.includes("affected") ? "affected" : (words[0] ?? null)
    },
  }
}
