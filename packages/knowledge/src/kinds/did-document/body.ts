/** The body of a document as a resolver signs it: what the method publishes, byte for byte, and when it was seen. */
import {
  type DocumentKey,
  type DocumentMethod,
  type EthrDocument,
  isEthrHistory,
  keysOf,
  locate,
  MAX_DOCUMENT_BYTES,
  MAX_LOG_BYTES,
  MAX_WITNESS_BYTES,
  verifyEthr,
  verifyWeb,
  verifyWebvh,
} from "@assay/did-document"
import { integer, nullable, object, text } from "@assay/jose/shape"
import { readJson } from "../../bodies/read-json.ts"

/** As JSON: texts of JSON have a letter more for each of their quotation marks. */
export const MAX_DID_DOCUMENT_BYTES = 2 * (MAX_LOG_BYTES + MAX_WITNESS_BYTES)

/** How long a document counts after it was seen, at most: seven days. */
export const MAX_DOCUMENT_AGE_MS = 7 * 86_400_000

/** Minutes since 1970 fit below it until 2097. A later version of the DID is above, whenever it was seen. */
const MINUTES = 2 ** 26
const MINUTE_MS = 60_000
const MAX_NUMBER = 2 ** 27 - 1

/** Times in milliseconds since 1970. */
export interface DidDocumentBody {
  readonly did: string
  /** When a resolver saw it published. */
  readonly checked: number
  /** From then on it counts no more, unless it is seen again. */
  readonly expires: number
  /** did.jsonl of did:webvh, or did.json of did:web, as it was published; of did:ethr its history (`EthrHistory`) as JSON. */
  readonly published: string
  /** did-witness.json of did:webvh; null where there is none. */
  readonly witness: string | null
}

const shape = object({
  did: text(1_024, /^did:/, "a DID"),
  checked: integer(1),
  expires: integer(1),
  published: text(MAX_LOG_BYTES),
  witness: nullable(text(MAX_WITNESS_BYTES)),
})

/** A document that its method's rules verified. */
export interface DidDocument extends Omit<DidDocumentBody, "published" | "witness"> {
  readonly method: DocumentMethod | "ethr"
  /** Of did:ethr: whose registry says so. */
  readonly ethr?: Pick<EthrDocument, "network" | "chain" | "registry">
  readonly version: number
  /** Of did:webvh, from 1; 0 for did:web. */
  readonly number: number
  /** Of each version, oldest first; of did:web that of the document. */
  readonly digests: ReadonlyArray<Uint8Array>
  readonly deactivated: boolean
  /** Of did:webvh: its present update keys alone make no next version. */
  readonly isGuarded: boolean
  /** None where it is deactivated. */
  readonly keys: ReadonlyArray<DocumentKey>
}

const whyOdd = ({ checked, expires }: DidDocumentBody): string | null => {
  if (expires > checked && expires - checked <= MAX_DOCUMENT_AGE_MS) return null
  return `expires must be 1 to ${MAX_DOCUMENT_AGE_MS} ms after checked`
}

/** Versions only rise: by the version of the DID first, then by the minute in which it was seen. */
const versionAt = (number: number, checked: number): number => number * MINUTES + Math.floor(checked / MINUTE_MS)

const readEthr = (
  seen: Pick<DidDocument, "did" | "checked" | "expires">,
  history: Uint8Array,
): { readonly body: DidDocument } | { readonly problem: string } => {
  const found = verifyEthr(seen.did, history, seen.checked)
  if ("reason" in found) return { problem: `${found.reason}: ${found.detail}` }
  const { network, chain, registry, deactivated, keys, digest } = found
  const version = versionAt(0, seen.checked)
  const ethr = { network, chain, registry }
  return {
    body: { ...seen, method: "ethr", ethr, version, number: 0, digests: [digest], deactivated, isGuarded: false, keys },
  }
}

/** What a body says, its method's proofs verified; or what is wrong with it. Never throws. Signatures of resolvers are not asked for. */
export const readDidDocument = (bytes: Uint8Array): { readonly body: DidDocument } | { readonly problem: string } => {
  const read = readJson(bytes, shape, MAX_DID_DOCUMENT_BYTES, whyOdd)
  if ("problem" in read) return read
  const { did, checked, expires, published, witness } = read.body
  const location = locate(did)
  if ("reason" in location) return { problem: `did: ${location.detail}` }
  const seen = { did, checked, expires, method: location.method }
  const document = Buffer.from(published)
  if (location.method !== "webvh") {
    if (witness !== null) return { problem: "only did:webvh has witnesses" }
    if (document.length > MAX_DOCUMENT_BYTES) return { problem: `published has more than ${MAX_DOCUMENT_BYTES} bytes` }
    if (isEthrHistory(did, document)) return readEthr(seen, document)
    const found = verifyWeb(did, document)
    if ("reason" in found) return { problem: found.detail }
    const keys = keysOf(found.document, new Set([did]))
    if ("reason" in keys) return { problem: keys.detail }
    const version = versionAt(0, checked)
    return {
      body: { ...seen, version, number: 0, digests: [found.digest], deactivated: false, isGuarded: false, keys },
    }
  }
  const log = { did, log: document, witness: witness === null ? null : Buffer.from(witness), at: checked }
  const found = verifyWebvh(log)
  if ("reason" in found) return { problem: `${found.reason}: ${found.detail}` }
  const number = found.versions.length
  if (number > MAX_NUMBER) return { problem: `it has ${number} versions` }
  const keys = found.deactivated ? [] : keysOf(found.document, new Set(found.names))
  if ("reason" in keys) return { problem: keys.detail }
  const digests = found.versions.map(({ digest }) => digest)
  const version = versionAt(number, checked)
  const { deactivated, isGuarded } = found
  return { body: { ...seen, version, number, digests, deactivated, isGuarded, keys } }
}
