/** CSAF 2.0 (OASIS): products in a tree, and vulnerabilities with lists of those that they affect. */
import type { Json, JsonObject } from "@assay/jose"
import { FirmwareError } from "../error.ts"
import { jsonOf, listIn, objectIn, objectsIn, textIn } from "../json.ts"
import { isSameCpe, isSamePurl, type Software } from "../sbom/component.ts"
import { type AdvisoryDocument, timeIn } from "./document.ts"

const MAX_DEPTH = 32
const AFFECTED = ["known_affected", "first_affected", "last_affected"] as const
const NOT_AFFECTED = ["known_not_affected", "fixed", "first_fixed"] as const

/** What a product is known by, from anywhere in the tree. */
const productsOf = (branch: JsonObject, found: Map<string, JsonObject>, depth = 0): void => {
  if (depth > MAX_DEPTH)
    throw new FirmwareError("firmware.malformed", `branches lie deeper than ${MAX_DEPTH} in each other`)
  const relationships = objectsIn(branch["relationships"], "relationships").map((one) => one["full_product_name"])
  for (const product of [
    branch["product"],
    ...listIn(branch["full_product_names"], "full_product_names"),
    ...relationships,
  ]) {
    const id = textIn(objectIn(product)["product_id"])
    if (id !== null) found.set(id, objectIn(objectIn(product)["product_identification_helper"]))
  }
  for (const one of objectsIn(branch["branches"], "branches")) productsOf(one, found, depth + 1)
}

const is = (helper: JsonObject, of: Software): boolean => {
  const [purl, cpe] = [textIn(helper["purl"]), textIn(helper["cpe"])]
  const purls = [purl, ...listIn(helper["purls"], "purls").map(textIn)].filter((one) => one !== null)
  const hashes = objectsIn(helper["hashes"], "hashes").flatMap(({ file_hashes }) =>
    objectsIn(file_hashes, "file_hashes").map(({ algorithm, value }) =>
      textIn(algorithm)?.toLowerCase().replace("-", "") === "sha256" ? (textIn(value)?.toLowerCase() ?? "") : "",
    ),
  )
  return (
    hashes.some((hash) => hash !== "" && of.digests.includes(hash)) ||
    purls.some((one) => isSamePurl(one, of)) ||
    (cpe !== null && isSameCpe(cpe, of))
  )
}

const namesOf = (one: JsonObject): ReadonlyArray<string> =>
  [textIn(one["cve"]), ...objectsIn(one["ids"], "ids").map(({ text }) => textIn(text))].filter((name) => name !== null)

/**
 * @param wanted the vulnerability; null: the only one of the document
 * @throws FirmwareError
 */
export const readCsaf = (bytes: Uint8Array, wanted: string | null): AdvisoryDocument => {
  const csaf = jsonOf(bytes, "the CSAF document")
  const document = objectIn(csaf["document"])
  const tracking = objectIn(document["tracking"])
  const id = textIn(tracking["id"])
  if (id === null || textIn(document["csaf_version"])?.startsWith("2.") !== true)
    throw new FirmwareError("firmware.malformed", "a CSAF document has csaf_version 2 and a tracking id")
  const products = new Map<string, JsonObject>()
  productsOf(objectIn(csaf["product_tree"]), products)
  const all = objectsIn(csaf["vulnerabilities"], "vulnerabilities")
  const known = all.map((one) => namesOf(one)[0] ?? "")
  const found =
    wanted === null ? (all.length === 1 ? all[0] : undefined) : all.find((one) => namesOf(one).includes(wanted))
  if (found === undefined)
    throw new FirmwareError(
      "firmware.malformed",
      `name one vulnerability of the document: ${known.join(", ") || "it has none"}`,
    )
  const status = objectIn(found["product_status"])
  const listed = (lists: ReadonlyArray<string>, of: Software): boolean =>
    lists
      .flatMap((name): ReadonlyArray<Json> => listIn(status[name], name))
      .some((product) => is(products.get(textIn(product) ?? "") ?? {}, of))
  return {
    format: "csaf",
    id,
    vulnerability: namesOf(found)[0] ?? id,
    title: textIn(found["title"]) ?? textIn(document["title"]) ?? id,
    published: timeIn(textIn(tracking["initial_release_date"])),
    wordOn: (software) =>
      listed(AFFECTED, software) ? "affected" : listed(NOT_AFFECTED, software) ? "not_affected" : null,
  }
}
