/**
 * Messages of DIDs whose keys stand in a document (did:webvh, did:web): which key signed is for the document to say that is in force
 * at the message's place, so their signatures are verified there (`gather`) and not ahead. Nothing is asked of any network.
 */

import { isVouchedFor } from "@assay/credentials"
import { encodeDidKey, type PublicKey } from "@assay/did"
import {
  decodeInForce,
  type KeyFlaw,
  type KeyInForce,
  keyInForce,
  methodOf,
  parseEthr,
  type Relationship,
  versionOf,
} from "@assay/did-document"
import { DID_DOCUMENT, DID_UNAVAILABLE, decodeUnavailable } from "@assay/knowledge"
import type { Knowledge, ReasonCode, SubjectKnowledge } from "@assay/trust"

/** The key that a message names, by the document in force, and what a verdict cites of it. */
export interface DocumentedKey {
  readonly key: PublicKey
  /** The one name of the key. */
  readonly keyId: string
  /** Hash of the item in force, as verdicts name knowledge. */
  readonly hash: string
  /** Of the document, for people: `2-Qm...`, or the hash of one that has no version. */
  readonly version: string
}

export interface NoKey {
  readonly reason: ReasonCode
  readonly detail: string
}

/** Where a message stands. */
export interface Place {
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  readonly knowledge: Knowledge
  readonly subjects?: SubjectKnowledge
}

const FLAWS: Readonly<Record<KeyFlaw, ReasonCode>> = {
  unknown: "identity.key_not_in_force",
  ended: "identity.key_revoked",
  purpose: "identity.key_purpose",
}

const iso = (time: number): string => new Date(time).toISOString()

/** Why no document of this DID counts here: methods without rules of ours are taken where the bundle says so. Null where one may. */
export const whyUnsupported = (did: string, { bundle }: Knowledge): NoKey | null => {
  const method = methodOf(did)!
  const { universal, ethr } = bundle?.body.resolvers ?? {}
  if (method === "webvh" || method === "web" || universal?.includes(method)) return null
  if (method === "ethr" && ethr?.some(({ network }) => network === parseEthr(did)?.network)) return null
  return { reason: "identity.did_unsupported", detail: `the method ${method} cannot name a device here` }
}

const missing = (did: string, { time, subjects }: Place): NoKey => {
  const fact = subjects?.get(DID_UNAVAILABLE, did) ?? null
  if (fact === null || fact.expires <= time)
    return {
      reason: "identity.document_missing",
      detail: "no document of the DID is in force here: show its credential, then send it again",
    }
  const { checked, again, why } = decodeUnavailable(fact.projection)
  return {
    reason: "identity.document_unavailable",
    detail: `the document could not be had at ${iso(checked)} (${why}); it is looked for again at ${iso(again)}`,
  }
}

/** The key that signs under this DID and fragment here, or why none does. @param fragment what follows `#` in the kid */
export const keyAt = (
  place: Place,
  {
    did,
    fragment,
    relationship,
  }: { readonly did: string; readonly fragment: string; readonly relationship: Relationship },
): DocumentedKey | NoKey => {
  const { time, knowledge, subjects } = place
  const item = subjects?.get(DID_DOCUMENT, did) ?? null
  if (item === null) return missing(did, place)
  const document = decodeInForce(item.projection)
  if (knowledge.bundle === null || !isVouchedFor(document, knowledge.bundle.body))
    return {
      reason: "identity.document_missing",
      detail: "the bundle in force names too few of those who vouched for the document",
    }
  if (item.expires <= time)
    return {
      reason: "identity.document_expired",
      detail: `the document was last seen at ${iso(document.checked)} and counts no more since ${iso(item.expires)}`,
    }
  const version = versionOf(document)
  if (document.deactivated) return { reason: "identity.did_deactivated", detail: `deactivated in version ${version}` }
  const key: KeyInForce | KeyFlaw = keyInForce(document, { fragment, relationship, time })
  if (typeof key === "string") return { reason: FLAWS[key], detail: `#${fragment.slice(0, 64)} in version ${version}` }
  return { key, keyId: encodeDidKey(key), hash: item.hash, version }
}
