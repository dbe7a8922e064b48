/**
 * The reference values of a class of devices: which firmware they may run, and which measurements their hardware may show. Signed by
 * a key that the bundle names for the vendor; a bundle that names it no more takes what it signed out of force.
 */
import { type Firmware, type References, referencesShape, referencesSubject } from "@assay/attestation"
import { DSSE_MEDIA_TYPE, refuse } from "../../authority/roots.ts"
import { signedForVendor } from "../../authority/vendor.ts"
import { memberOf, plainOf, readJson } from "../../bodies/read-json.ts"
import { whyUnlogged } from "../../firmware/log.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const REFERENCE_VALUES_TYPE = "application/vnd.assay.reference-values+json"

const MAX_BYTES = 1 << 20
/** Classes in one deployment. */
const MAX_CLASSES = 256

const read = (bytes: Uint8Array) => readJson(bytes, referencesShape, MAX_BYTES)

const explainFirmware = (of: string, { releases, minimumSvn, rollouts }: Firmware): ReadonlyArray<string> => [
  `firmware of ${of}: ${releases.length} releases, security version ${minimumSvn} at least`,
  ...releases.map(
    ({ version, svn, status, components }) =>
      `${version}, security version ${svn}: ${status}${components.length === 0 ? "" : `, ${components.length} components`}`,
  ),
  ...rollouts.map(
    ({ wave, version, from, by, zones, percent }) =>
      `wave ${wave}: ${percent} % of ${zones.length === 0 ? "all zones" : zones.join(", ")} run ${version} from ${new Date(from).toISOString()}${by === null ? "" : `, and are behind from ${new Date(by).toISOString()}`}`,
  ),
]

export const REFERENCE_VALUES: KnowledgeKind<References> = {
  name: "reference-values",
  title: KIND_TITLES["reference-values"],
  scope: "deployment",
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_BYTES, subjects: MAX_CLASSES },
  required: false,
  subject: (bytes) => memberOf(bytes, (value) => `${value["vendor"]}/${value["class"]}`),
  open: (bytes, context) => {
    const signed = signedForVendor(bytes, REFERENCE_VALUES_TYPE, context, (payload) => {
      const found = read(payload)
      return "problem" in found ? refuse("control.knowledge_malformed", found.problem) : found
    })
    if ("reasons" in signed) return signed
    const { body } = signed
    // Whoever has the maker's key cannot list in secret what nobody else can see.
    const unlogged = context.bundle === null ? null : whyUnlogged(body, context.bundle.body)
    if (unlogged !== null) return refuse("control.firmware_unlogged", unlogged)
    return { version: body.version, body, subject: REFERENCE_VALUES.about!(body) }
  },
  about: ({ vendor, class: deviceClass }) => referencesSubject(vendor, deviceClass),
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "subject",
  plain: {
    payloadType: REFERENCE_VALUES_TYPE,
    read: (bytes, { file }) => plainOf(read(bytes), file),
    explain: ({ vendor, class: deviceClass, firmware, formats, pcrs, events, tpmFirmware, components }) => [
      ...(firmware === undefined ? [] : explainFirmware(`${vendor}/${deviceClass}`, firmware)),
      ...(formats.length === 0 ? [] : [`measurements of ${vendor}/${deviceClass}`]),
      ...pcrs.map(({ index, values }) => `PCR ${index}: ${values.length} values`),
      ...events.map(({ index, values }) => `PCR ${index}: each event one of ${values.length}`),
      ...(tpmFirmware.length === 0 ? [] : [`TPM firmware: ${tpmFirmware.map(({ version }) => version).join(", ")}`]),
      ...(components.length === 0 ? [] : [`components: ${components.length}`]),
    ],
  },
}
