/** OpenVEX 0.2: statements on whether products, or parts of them, are affected by a vulnerability. */
import type { JsonObject } from "@assay/jose"
import { isObject, type Json } from "@assay/jose"
import { FirmwareError } from "../error.ts"
import { jsonOf, listIn, objectIn, objectsIn, textIn } from "../json.ts"
import { isSameCpe, isSamePurl, type Software } from "../sbom/component.ts"
import { type AdvisoryDocument, timeIn, type Word } from "./document.ts"

const WORDS: Readonly<Record<string, Word>> = {
  affected: "affected",
  not_affected: "not_affected",
  fixed: "not_affected",
}

const names = (product: JsonObject, of: Software): boolean => {
  const identifiers = objectIn(product["identifiers"])
  const hash = textIn(objectIn(product["hashes"])["sha-256"])?.toLowerCase() ?? null
  const purls = [textIn(product["@id"]), textIn(identifiers["purl"])].filter((one) => one !== null)
  const cpe = textIn(identifiers["cpe23"])
  return (
    (hash !== null && of.digests.includes(hash)) ||
    purls.some((purl) => isSamePurl(purl, of)) ||
    (cpe !== null && isSameCpe(cpe, of))
  )
}

/** A statement on a part of a product is about the part: whoever has the part has it in some product. */
const isAbout = (statement: JsonObject, software: Software): boolean =>
  objectsIn(statement["products"], "products").some((product) => {
    const parts = objectsIn(product["subcomponents"], "subcomponents")
    return parts.length === 0 ? names(product, software) : parts.some((part) => names(part, software))
  })

const namesOf = (vulnerability: Json | undefined): ReadonlyArray<string> => {
  if (!isObject(vulnerability)) return []
  const { name, aliases } = vulnerability
  return [textIn(name), textIn(vulnerability["@id"]), ...listIn(aliases, "aliases").map(textIn)].filter(
    (one) => one !== null,
  )
}

/**
 * @param wanted the vulnerability; null: the only one of the document
 * @throws FirmwareError
 */
export const readOpenVex = (bytes: Uint8Array, wanted: string | null): AdvisoryDocument => {
  const vex = jsonOf(bytes, "the OpenVEX document")
  const id = textIn(vex["@id"])
  if (id === null || textIn(vex["@context"])?.includes("openvex") !== true)
    throw new FirmwareError("firmware.malformed", "an OpenVEX document has an @id, and the @context of OpenVEX")
  const all = objectsIn(vex["statements"], "statements")
  const known = [...new Set(all.map(({ vulnerability }) => namesOf(vulnerability)[0] ?? ""))]
  const vulnerability = wanted ?? (known.length === 1 ? known[0]! : "")
  if (vulnerability === "")
    throw new FirmwareError(
      "firmware.malformed",
      `the document is about several vulnerabilities: name one of ${known.join(", ")}`,
    )
  const statements = all.filter((one) => namesOf(one["vulnerability"]).includes(vulnerability))
  if (statements.length === 0)
    throw new FirmwareError(
      "firmware.malformed",
      `the document says nothing of ${vulnerability}, but of ${known.join(", ")}`,
    )
  for (const { status } of statements)
    if (status !== "under_investigation" && WORDS[textIn(status) ?? ""] === undefined)
      throw new FirmwareError(
        "firmware.malformed",
        `a statement has the status ${JSON.stringify(status)}, which OpenVEX does not know`,
      )
  return {
    format: "openvex",
    id,
    vulnerability,
    title: textIn(objectIn(statements[0]!["vulnerability"])["description"]) ?? vulnerability,
    published: timeIn(textIn(vex["timestamp"])),
    // The last one counts: statements are in the order of their time.
    wordOn: (software) => WORDS[textIn(statements.findLast((one) => isAbout(one, software))?.["status"]) ?? ""] ?? null,
  }
}
