/**
 * The document of an issuer or operator whose DID is no key. It is what a device's document is (`did-document`), signed by the same
 * resolvers over the same payload; but it lies on every partition, since what its keys sign is judged on each, and it is taken only of
 * who is named: in the bundle, or as an issuer in what a registry of the bundle answered.
 *
 * An operator orders, so more is asked of its document: a did:webvh whose present update keys alone change nothing, since the next ones
 * are committed to, or witnesses must approve. Then neither the web server, nor a resolver, nor a thief of the update keys is an
 * operator.
 */
import { encodeDidKey, keyIdOfDid } from "@assay/did"
import {
  type Active,
  authorizes,
  kindOfItem,
  REGISTRY_KIND,
  type RegistryAnswers,
  rolesNow,
  SIGNER_DOCUMENT_KIND,
} from "@assay/trust"
import { refuse } from "../../authority/roots.ts"
import type { KnowledgeKind, OpenContext, Refused } from "../../kind.ts"
import { type AttestedDocument, DID_DOCUMENT_KIND } from "../did-document/kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** Documents of one deployment, and all of them as they were signed, which each partition keeps. */
const MAX_DOCUMENTS = 256
const MAX_TOGETHER = { bytes: 4 << 20, memory: 16 << 20 }

/** Whether a registry of the bundle authorizes it; what it may issue is asked at each credential. */
const isRegistered = (did: string, { items = new Map() }: OpenContext): boolean => {
  for (const [key, { body }] of items as ReadonlyMap<string, Active<unknown>>)
    if (kindOfItem(key) === REGISTRY_KIND && authorizes(body as RegistryAnswers, did)) return true
  return false
}

const whyNotNamed = ({ did, method, isGuarded }: AttestedDocument, context: OpenContext): Refused | null => {
  const { issuers = [], operators = [] } = context.bundle?.body ?? {}
  if (operators.some((one) => one.did === did)) {
    if (method !== "webvh") return refuse("control.knowledge_unsigned", "an operator with a document is a did:webvh")
    return isGuarded
      ? null
      : refuse(
          "control.knowledge_unsigned",
          "the document of an operator commits to its next update keys (nextKeyHashes), or has witnesses",
        )
  }
  if (issuers.some((one) => one.did === did) || isRegistered(did, context)) return null
  return refuse("control.knowledge_unsigned", `${did} is no issuer and no operator of the bundle in force`)
}

/** A key has one role: no document makes an operator of the key of a resolver, or one signer of two. */
const whyRole = ({ did, keys }: AttestedDocument, { roots, bundle, items }: OpenContext): Refused | null => {
  const taken = new Map(rolesNow(roots, bundle?.body ?? null).map(([one, role]) => [keyIdOfDid(one), role]))
  for (const [key, { body }] of items ?? []) {
    if (kindOfItem(key) !== SIGNER_DOCUMENT_KIND || (body as AttestedDocument).did === did) continue
    for (const one of (body as AttestedDocument).keys) taken.set(encodeDidKey(one), (body as AttestedDocument).did)
  }
  for (const key of keys) {
    const role = taken.get(encodeDidKey(key))
    if (role !== undefined)
      return refuse("control.knowledge_malformed", `#${key.fragment} is the key of ${role}; a key has one role`)
  }
  return null
}

export const SIGNER_DOCUMENT: KnowledgeKind<AttestedDocument> = {
  name: SIGNER_DOCUMENT_KIND,
  title: KIND_TITLES[SIGNER_DOCUMENT_KIND],
  scope: "deployment",
  authority: "bundle",
  mediaType: DID_DOCUMENT_KIND.mediaType,
  maximum: { bytes: DID_DOCUMENT_KIND.maximum.bytes, subjects: MAX_DOCUMENTS, together: MAX_TOGETHER },
  weigh: ({ digests, keys }) => 32 * digests.length + 256 * keys.length,
  required: false,
  // It lies on every partition, whatever it is about.
  subject: () => "",
  about: ({ did }) => did,
  open: (bytes, context) => {
    const opened = DID_DOCUMENT_KIND.open(bytes, context)
    if ("reasons" in opened) return opened
    return whyNotNamed(opened.body, context) ?? whyRole(opened.body, context) ?? opened
  },
  project: DID_DOCUMENT_KIND.project,
  expiresAt: DID_DOCUMENT_KIND.expiresAt,
  notBefore: DID_DOCUMENT_KIND.notBefore!,
  whyNotAfter: DID_DOCUMENT_KIND.whyNotAfter!,
  restsOn: (_, kind) => kind === REGISTRY_KIND,
  stops: "subject",
  renewed: true,
  parts: ({ did, checked, expires }) => [{ what: `the document of ${did}`, expires, soonMs: (expires - checked) / 4 }],
  plain: DID_DOCUMENT_KIND.plain,
}
