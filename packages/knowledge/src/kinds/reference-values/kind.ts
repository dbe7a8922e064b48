/**
 * The reference values of a class of devices: which measurements their hardware may show, and advisories about them. Signed by a key
 * that the bundle names for the vendor; a bundle that names it no more takes what it signed out of force.
 */
import { type References, referencesShape, referencesSubject } from "@assay/attestation"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { memberOf, plainOf, readJson } from "../read-json.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const REFERENCE_VALUES_TYPE = "application/vnd.assay.reference-values+json"

const MAX_BYTES = 1 << 20
/** Classes with hardware in one deployment. */
const MAX_CLASSES = 256

const read = (bytes: Uint8Array) => readJson(bytes, referencesShape, MAX_BYTES)

export const REFERENCE_VALUES: KnowledgeKind<References> = {
  name: "reference-values",
  title: KIND_TITLES["reference-values"],
  scope: "deployment",
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_BYTES, subjects: MAX_CLASSES },
  required: false,
  subject: (bytes) => memberOf(bytes, (value) => `${value["vendor"]}/${value["class"]}`),
  open: (bytes, { bundle }) => {
    const signers = bundle?.body.references ?? []
    if (signers.length === 0)
      return refuse("control.knowledge_unsigned", "the bundle in force names nobody who signs reference values")
    const signedBy = (dids: ReadonlyArray<string>) =>
      signedByRoots(bytes, REFERENCE_VALUES_TYPE, { roots: dids, threshold: 1 })
    const signed = signedBy(signers.map(({ did }) => did))
    if ("reasons" in signed) return signed
    const found = read(signed.payload)
    if ("problem" in found) return refuse("control.knowledge_malformed", found.problem)
    const { version, vendor, class: deviceClass } = found.body
    const entitled = signers.filter(({ vendors }) => vendors.includes(vendor) || vendors.includes("*"))
    if (entitled.length === 0 || "reasons" in signedBy(entitled.map(({ did }) => did)))
      return refuse("control.knowledge_unsigned", `the signer may not sign reference values of ${vendor}`)
    return { version, body: found.body, subject: referencesSubject(vendor, deviceClass) }
  },
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "subject",
  plain: {
    payloadType: REFERENCE_VALUES_TYPE,
    read: (bytes, { file }) => plainOf(read(bytes), file),
    explain: ({ vendor, class: deviceClass, pcrs, events, tpmFirmware, components }) => [
      `measurements of ${vendor}/${deviceClass}`,
      ...pcrs.map(({ index, values }) => `PCR ${index}: ${values.length} values`),
      ...events.map(({ index, values }) => `PCR ${index}: each event one of ${values.length}`),
      ...(tpmFirmware.length === 0 ? [] : [`TPM firmware: ${tpmFirmware.map(({ version }) => version).join(", ")}`]),
      ...(components.length === 0 ? [] : [`components: ${components.length}`]),
    ],
  },
}
