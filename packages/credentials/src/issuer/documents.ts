/**
 * The keys of issuers and operators whose DID is no key (did:web, did:webvh, did:ethr): those of the document that is in force beside the
 * bundle, as knowledge of the kind `signer-document`. Nothing is asked of any network.
 */
import { type DeviceKey, encodeDidKey, keyIdOfDid } from "@assay/did"
import { type DocumentKey, shortOf } from "@assay/did-document"
import { type Active, type Knowledge, signerDocumentIn, type TrustBundle } from "@assay/trust"

/** What counts of a document; the body that its kind opened has more. */
export interface SignerDocument {
  readonly did: string
  /** Of did:webvh, from 1; 0 where nothing proves the document but those who vouch for it. */
  readonly number: number
  readonly deactivated: boolean
  readonly keys: ReadonlyArray<DocumentKey>
  /** `shortOf` the key ids of the resolvers that say that it was published. */
  readonly attesters: ReadonlyArray<string>
}

/** The document of a DID that is in force; null where none is. It may have expired. */
export type Documents = (did: string) => Active<SignerDocument> | null

export const NO_DOCUMENTS: Documents = () => null

const known = new WeakMap<object, ReadonlySet<string>>()

/** The resolvers of a bundle, as documents name those who vouch for them. */
const namesOf = (dids: ReadonlyArray<string>): ReadonlySet<string> => {
  let names = known.get(dids)
  if (names === undefined) {
    names = new Set(dids.map((did) => shortOf(keyIdOfDid(did))))
    known.set(dids, names)
  }
  return names
}

/** A document counts for as long as enough of those who vouched for it stand in the bundle: a key that it drops takes back its word. */
export const isVouchedFor = (
  { attesters, number }: Pick<SignerDocument, "attesters" | "number">,
  { resolvers }: Pick<TrustBundle, "resolvers">,
): boolean => {
  if (resolvers === undefined) return false
  const names = namesOf(resolvers.dids)
  const needed = number > 0 ? 1 : (resolvers.web ?? Number.POSITIVE_INFINITY)
  return attesters.filter((attester) => names.has(attester)).length >= needed
}

/** The documents among the items in force that count under the bundle. */
export const documentsIn =
  (bundle: TrustBundle, items: Knowledge["items"]): Documents =>
  (did) => {
    const found = signerDocumentIn({ items }, did) as Active<SignerDocument> | null
    return found !== null && isVouchedFor(found.body, bundle) ? found : null
  }

/** The key that a `kid` names by a document, whenever it ends; or why it names none, for people. */
export const listedKey = ({ body }: Active<SignerDocument>, kid: string): DeviceKey | string => {
  const { did, deactivated, keys } = body
  if (deactivated) return `${did} is deactivated`
  if (!kid.startsWith(`${did}#`)) return `kid is no key of ${did}`
  const fragment = kid.slice(did.length + 1)
  const key = keys.find((one) => one.fragment === fragment)
  if (key === undefined) return `the document of ${did} that is in force lists no key #${fragment.slice(0, 64)}`
  if (!key.assertion) return `#${fragment.slice(0, 64)} of ${did} asserts nothing (assertionMethod)`
  return { alg: key.alg, publicKey: key.publicKey, did, kid }
}

/** A key of a document by its one name (`keyIdOf`), where it still asserts; undefined where the document does not list it so. */
export const keyNamed = ({ body }: Active<SignerDocument>, keyId: string): DocumentKey | undefined =>
  body.deactivated ? undefined : body.keys.find((one) => one.assertion && encodeDidKey(one) === keyId)
