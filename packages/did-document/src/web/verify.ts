/**
 * A document of did:web (method specification, section 3.2), or of another method as a Universal Resolver gives it: nothing proves
 * it but the server that answered. Who vouches for
 * that, and how many of them, is for whoever takes it to decide.
 */
import { type JsonObject, parseStrictObject } from "@assay/jose"
import { broken, type DocumentFailure } from "../failure.ts"
import { locate } from "../location.ts"
import { digestOf } from "../multihash.ts"

/** Bytes of `did.json`. */
export const MAX_DOCUMENT_BYTES = 64 * 1024

export interface WebDocument {
  readonly document: JsonObject
  /** SHA-256 of its bytes: it has no version of its own. */
  readonly digest: Uint8Array
}

/** The document, where it is one of this DID. Never throws. */
export const verifyWeb = (did: string, bytes: Uint8Array): WebDocument | DocumentFailure => {
  const location = locate(did)
  if ("reason" in location) return location
  if (location.method === "webvh") return broken("did", "a did:webvh has a log, and no document alone")
  if (bytes.length > MAX_DOCUMENT_BYTES) return broken("log", `the document has more than ${MAX_DOCUMENT_BYTES} bytes`)
  const json = parseStrictObject(bytes)
  if ("reason" in json) return broken("log", json.detail)
  if (json.value["id"] !== did) return broken("document", "the id of the document is not the DID")
  return { document: json.value, digest: digestOf(bytes) }
}
