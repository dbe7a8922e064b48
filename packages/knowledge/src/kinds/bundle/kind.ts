/** The trust bundle: issuers, operators, status lists, firmware references; and the roots that sign what comes next. */
import { MAX_ENVELOPE_BYTES } from "@assay/jose"
import type { TrustBundle } from "@assay/trust"
import { DSSE_MEDIA_TYPE } from "../../authority/roots.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { BUNDLE_TYPE, openBundle } from "./open.ts"
import { parseBundle } from "./parse.ts"

export const BUNDLE: KnowledgeKind<TrustBundle> = {
  name: "bundle",
  title: KIND_TITLES.bundle,
  scope: "deployment",
  authority: "roots",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: MAX_ENVELOPE_BYTES, subjects: 1 },
  required: true,
  subject: () => "",
  open: (bytes, { roots, bundle }) => openBundle(bytes, roots, bundle?.body ?? null),
  project: () => null,
  expiresAt: ({ expires }) => expires,
  stops: "everything",
  // Past its age a list annotates telemetry and withholds every other act of the devices that it lists.
  parts: ({ statusLists }) =>
    statusLists.map(({ id, issued, maxAgeMs }) => ({
      what: `the status list ${id}`,
      expires: issued + maxAgeMs,
      soonMs: maxAgeMs / 4,
    })),
  plain: {
    payloadType: BUNDLE_TYPE,
    read: (bytes, { file }) => {
      const bundle = parseBundle(bytes)
      if (!("errors" in bundle)) return { body: bundle, problems: [] }
      const problems = bundle.errors.map(
        ({ path: key, message, line }) => `${file}${line === undefined ? "" : `:${line}`}: error: ${key}: ${message}`,
      )
      return { body: null, problems }
    },
  },
}
