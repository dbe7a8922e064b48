/**
 * An advisory: firmware that is vulnerable, or that no device may run any more. Signed by a key that the bundle names for the vendor, as
 * reference values are: the maker's, or the deployment's own. It only makes worse what is listed, so its end takes nothing back; a later
 * version that names the firmware no more does.
 */

import { hexSha256, integer, list, object, oneOf, type Reader, text } from "@assay/jose/shape"
import { ADVISORY_FORMATS, ADVISORY_KIND, type Advisory, advisorySubject } from "@assay/trust"
import { DSSE_MEDIA_TYPE, refuse } from "../../authority/roots.ts"
import { signedForVendor } from "../../authority/vendor.ts"
import { memberOf, plainOf, readJson } from "../../bodies/read-json.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const ADVISORY_TYPE = "application/vnd.assay.advisory+json"

const MAX_BYTES = 256 * 1024
/** Advisories in force in one deployment. */
const MAX_ADVISORIES = 1_024
const MAX_AFFECTED = 1_024
const MAX_SOURCES = 16

const name = text(128, /^[^/\p{Cc}]+$/u, "a name without slash")

const shape: Reader<Advisory> = object({
  version: integer(1),
  issued: integer(),
  expires: integer(),
  id: name,
  vendor: name,
  title: text(256),
  sources: list(object({ format: oneOf(ADVISORY_FORMATS), id: text(512), digest: hexSha256 }), MAX_SOURCES, 1),
  since: integer(),
  affected: list(object({ class: name, digest: hexSha256, status: oneOf(["vulnerable", "revoked"]) }), MAX_AFFECTED),
})

const whyOdd = ({ issued, expires, since, affected }: Advisory): string | null => {
  if (expires <= issued) return "expires must be later than issued"
  if (since > issued) return "since must not be later than issued"
  const seen = new Set<string>()
  for (const [n, { class: cls, digest }] of affected.entries()) {
    const key = `${cls}/${digest}`
    if (seen.has(key)) return `affected[${n}] names the same firmware again`
    seen.add(key)
  }
  return null
}

const read = (bytes: Uint8Array) => readJson(bytes, shape, MAX_BYTES, whyOdd)

export const ADVISORY: KnowledgeKind<Advisory> = {
  name: ADVISORY_KIND,
  title: KIND_TITLES.advisory,
  scope: "deployment",
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_BYTES, subjects: MAX_ADVISORIES },
  required: false,
  subject: (bytes) => memberOf(bytes, (value) => `${value["vendor"]}/${value["id"]}`),
  open: (bytes, context) => {
    const signed = signedForVendor(bytes, ADVISORY_TYPE, context, (payload) => {
      const found = read(payload)
      return "problem" in found ? refuse("control.knowledge_malformed", found.problem) : found
    })
    if ("reasons" in signed) return signed
    const { body } = signed
    return { version: body.version, body, subject: ADVISORY.about!(body) }
  },
  about: ({ vendor, id }) => advisorySubject(vendor, id),
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "subject",
  plain: {
    payloadType: ADVISORY_TYPE,
    read: (bytes, { file }) => plainOf(read(bytes), file),
    explain: ({ id, title, vendor, since, affected }) => [
      `${id} of ${vendor}, since ${new Date(since).toISOString()}: ${title}`,
      ...affected.map(({ class: cls, digest, status }) => `${cls} ${digest}: ${status}`),
      ...(affected.length === 0 ? ["it names no firmware: what an earlier version named is taken back"] : []),
    ],
  },
}
