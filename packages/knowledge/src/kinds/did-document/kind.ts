/**
 * The document of a DID, as it was published when a resolver looked. It lies on the home partition of the DID, and is kept there
 * in a row of its own (`inRows`), as what a verdict needs of it. Its method's own proof is verified again by whoever opens it, so
 * that the key of a resolver puts no key of a device in force; versions only rise, and a log that does not go on from the one
 * before is refused.
 */
import {
  type DocumentInForce,
  decodeInForce,
  encodeInForce,
  keptKey,
  MAX_ATTESTERS,
  shortOf,
} from "@assay/did-document"
import { isEthrRegistry, isUniversal, resolversNeeded, signedByResolvers } from "../../authority/resolvers.ts"
import { DSSE_MEDIA_TYPE, refuse } from "../../authority/roots.ts"
import { memberOf, plainOf } from "../../bodies/read-json.ts"
import type { KnowledgeKind, Refused } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"
import { type DidDocument, MAX_DID_DOCUMENT_BYTES, readDidDocument } from "./body.ts"

export const DID_DOCUMENT = "did-document"

/** The DSSE payload type: the JSON text. */
export const DID_DOCUMENT_TYPE = "application/vnd.assay.did-document+json"

/** Documents of one partition. */
const MAX_DOCUMENTS = 1_000_000

/** A document, and who says that it was published. */
export interface AttestedDocument extends DidDocument {
  /** `shortOf` their key ids. */
  readonly attesters: ReadonlyArray<string>
}

const inForceOf = ({ number, deactivated, checked, digests, attesters, keys }: AttestedDocument): DocumentInForce => ({
  number,
  deactivated,
  checked,
  digest: digests.at(-1)!,
  attesters,
  keys: keys.map(keptKey),
})

/** The history of a DID is one: whoever rewrites it has its keys, and must not have its devices too. */
const whyNotAfter = ({ number, digests }: AttestedDocument, before: Uint8Array): Refused | null => {
  const kept = decodeInForce(before)
  if (number === 0 || kept.number === 0) return null
  const same = digests[kept.number - 1]
  if (same !== undefined && Buffer.compare(same, kept.digest) === 0) return null
  return refuse("control.knowledge_malformed", `it does not go on from version ${kept.number}, which is in force`)
}

export const DID_DOCUMENT_KIND: KnowledgeKind<AttestedDocument> = {
  name: DID_DOCUMENT,
  title: KIND_TITLES[DID_DOCUMENT],
  scope: "home",
  inRows: true,
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_DID_DOCUMENT_BYTES, subjects: MAX_DOCUMENTS },
  required: false,
  subject: (bytes) => memberOf(bytes, ({ did }) => did),
  open: (bytes, context) => {
    const signed = signedByResolvers(bytes, DID_DOCUMENT_TYPE, context)
    if ("reasons" in signed) return signed
    const read = readDidDocument(signed.payload)
    if ("problem" in read) return refuse("control.knowledge_malformed", read.problem)
    const { body } = read
    const needed = body.method === "webvh" ? 1 : resolversNeeded(context)
    if (needed === null)
      return refuse(
        "control.knowledge_unsigned",
        "the bundle in force does not say how many resolvers must vouch for did:web",
      )
    if (body.method === "universal" && !isUniversal(body.did, context))
      return refuse(
        "control.knowledge_unsigned",
        "the bundle in force does not take documents of this method (resolvers.universal)",
      )
    if (body.ethr !== undefined && !isEthrRegistry(body.ethr, context))
      return refuse(
        "control.knowledge_unsigned",
        `the bundle in force names no registry ${body.ethr.registry} of chain ${body.ethr.chain} for ${body.ethr.network} (resolvers.ethr)`,
      )
    const attesters = signed.resolvers.map(shortOf).slice(0, MAX_ATTESTERS)
    if (attesters.length < needed)
      return refuse("control.knowledge_unsigned", `${attesters.length} of ${needed} resolvers signed`)
    return { version: body.version, body: { ...body, attesters }, subject: body.did }
  },
  project: (body) => encodeInForce(inForceOf(body)),
  expiresAt: ({ expires }) => expires,
  notBefore: ({ checked }) => checked,
  whyNotAfter,
  stops: "subject",
  plain: {
    payloadType: DID_DOCUMENT_TYPE,
    read: (bytes, { file }) => {
      const read = readDidDocument(bytes)
      return plainOf("problem" in read ? read : { body: { ...read.body, attesters: [] } }, file)
    },
    explain: ({ did, number, deactivated, keys }) => [
      number === 0 ? `${did}, as its server has it` : `${did}, version ${number}`,
      ...(deactivated ? ["deactivated: nothing that it signs counts"] : []),
      ...keys.map(({ fragment, alg, assertion, authentication, until }) => {
        const uses = [...(assertion ? ["messages"] : []), ...(authentication ? ["presentations"] : [])].join(" and ")
        return `#${fragment}: ${alg}, signs ${uses}${until === null ? "" : ` until ${new Date(until).toISOString()}`}`
      }),
    ],
  },
}
