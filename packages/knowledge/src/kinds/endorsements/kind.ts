/**
 * The endorsements of a vendor: whose certificates of hardware count, which count no more, and how evidence is appraised
 * (`packages/attestation`). Every algorithm and every PCR is named here, and never by the evidence.
 */
import { type Endorsements, endorsementsShape } from "@assay/attestation"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import { memberOf, plainOf, readJson } from "../../bodies/read-json.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const ENDORSEMENTS_TYPE = "application/vnd.assay.endorsements+json"

const MAX_BYTES = 512 * 1024
/** Vendors with hardware in one deployment. */
const MAX_VENDORS = 64

const read = (bytes: Uint8Array) => readJson(bytes, endorsementsShape, MAX_BYTES)

export const ENDORSEMENTS: KnowledgeKind<Endorsements> = {
  name: "endorsements",
  title: KIND_TITLES.endorsements,
  scope: "deployment",
  authority: "roots",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_BYTES, subjects: MAX_VENDORS },
  required: false,
  subject: (bytes) => memberOf(bytes, ({ vendor }) => vendor),
  open: (bytes, { roots }) => {
    const signed = signedByRoots(bytes, ENDORSEMENTS_TYPE, roots)
    if ("reasons" in signed) return signed
    const found = read(signed.payload)
    if ("problem" in found) return refuse("control.knowledge_malformed", found.problem)
    return { version: found.body.version, body: found.body, subject: found.body.vendor }
  },
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "subject",
  plain: {
    payloadType: ENDORSEMENTS_TYPE,
    read: (bytes, { file }) => plainOf(read(bytes), file),
    explain: ({ vendor, appraisal, roots, revoked }) => [
      `evidence of ${vendor}: keys of ${appraisal.algorithms.join(", ")}, PCRs ${appraisal.pcrs.join(", ")}, event log ${appraisal.eventLog}, resets ${appraisal.resets}, renewed each ${appraisal.renewMs / 60_000} minutes`,
      ...roots.map(({ name, format }) => `${format}: certificates may end at ${name}`),
      ...(revoked.length === 0 ? [] : [`${revoked.length} certificates count no more`]),
    ],
  },
}
