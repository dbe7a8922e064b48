/**
 * A status list as its issuer publishes it: the bytes of a web server, and nobody of ours signs them. So a revocation needs no new
 * bundle. The bundle says which lists an issuer may publish and how long each counts; two issuers that name one URI have two lists,
 * and a credential is asked for in that of its own issuer. Versions only rise, by the time at which a list was signed.
 */
import {
  documentsIn,
  type ListFormat,
  MAX_SIGNED_LIST_BYTES,
  readSignedList,
  type SignedList,
} from "@assay/credentials"
import {
  type PublishedStatusList,
  publisherOf,
  REGISTRY_KIND,
  SIGNER_DOCUMENT_KIND,
  STATUS_LIST_KIND,
  type StatusList,
  statusListSubject,
} from "@assay/trust"
import { refuse } from "../../authority/roots.ts"
import { hashOfBody } from "../../bodies/hash.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { openedOnce } from "./opened-once.ts"

/** A list, and how it was published. */
export interface StatusListItem extends PublishedStatusList {
  readonly format: ListFormat
  /** `issued`: versions only rise. */
  readonly version: number
}

/** Lists of one deployment. */
const MAX_LISTS = 256
/** Of all lists: as they were signed, which each partition keeps, and as they lie in memory, once for all partitions of a thread. */
const MAX_TOGETHER = { bytes: 4 << 20, memory: 64 << 20 }

const NO_ITEMS = new Map<string, never>()

const opened = openedOnce()

/** What a list costs is paid only for those that an issuer of the bundle may publish. */
const itemOf = ({ open: _, ...said }: SignedList, list: StatusList): StatusListItem => ({
  ...said,
  version: said.issued,
  list,
})

export const STATUS_LIST: KnowledgeKind<StatusListItem> = {
  name: STATUS_LIST_KIND,
  title: KIND_TITLES[STATUS_LIST_KIND],
  scope: "deployment",
  authority: "bundle",
  mediaType: "application/octet-stream",
  maximum: { bytes: MAX_SIGNED_LIST_BYTES, subjects: MAX_LISTS, together: MAX_TOGETHER },
  weigh: ({ list }) => list.bits.length,
  required: false,
  // It lies on every partition, whatever it is about.
  subject: () => "",
  about: ({ issuer, id }) => statusListSubject(issuer, id),
  open: (bytes, { bundle, items }) => {
    const documents = bundle === null || items === undefined ? undefined : documentsIn(bundle.body, items)
    const read = readSignedList(bytes, documents)
    if ("detail" in read) return refuse("control.knowledge_malformed", read.detail)
    const publisher = bundle === null ? null : publisherOf(bundle.body, items ?? NO_ITEMS, read.issuer, read.id)
    if (publisher === null) {
      const isNamed = bundle?.body.issuers.some(({ did }) => did === read.issuer) ?? false
      return refuse(
        "control.knowledge_unsigned",
        isNamed
          ? `the bundle in force does not let its issuer publish ${read.id} (issuers, status.lists)`
          : `${read.issuer} is no issuer of the bundle in force, and no registry of it lets it publish ${read.id} (registries, scope.status)`,
      )
    }
    // The same bytes may be signed by another key of the document another time.
    const list = opened(`${hashOfBody(bytes)} ${read.signer ?? ""}`, read)
    if ("detail" in list)
      return refuse(list.isForged ? "control.knowledge_unsigned" : "control.knowledge_malformed", list.detail)
    return { version: read.issued, body: itemOf(read, list), subject: statusListSubject(read.issuer, read.id) }
  },
  project: () => null,
  expiresAt: ({ expires }) => expires,
  notBefore: ({ issued }) => issued,
  restsOn: ({ issuer }, kind, subject) =>
    kind === REGISTRY_KIND || (kind === SIGNER_DOCUMENT_KIND && issuer === subject),
  stops: "subject",
  renewed: true,
  parts: ({ id, issued, expires }) => [{ what: `the status list ${id}`, expires, soonMs: (expires - issued) / 4 }],
  plain: {
    payloadType: "",
    isForeign: true,
    read: (bytes, { file }) => {
      const read = readSignedList(bytes)
      if ("detail" in read) return { body: null, problems: [`${file}: error: ${read.detail}`] }
      const list = read.open()
      if ("detail" in list) return { body: null, problems: [`${file}: error: ${list.detail}`] }
      return { body: itemOf(read, list), problems: [] }
    },
    explain: ({ format, issuer, id, purposes, issued, expires, list }) => [
      `${id} (${format}), of ${issuer}: ${purposes.join(", ")}, ${list.length} entries of ${list.size} bit`,
      `signed ${new Date(issued).toISOString()}, counts until ${new Date(expires).toISOString()} at the latest`,
    ],
  },
}
