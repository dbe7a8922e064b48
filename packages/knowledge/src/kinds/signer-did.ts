/** The DID of whoever signs something, as knowledge names it. */
import { resolveDeviceKey } from "@assay/did"
import { hasDocument, locate } from "@assay/did-document"
import { type Reader, text } from "@assay/jose/shape"

/** did:key or did:jwk with a strong key: nothing in an item of knowledge needs a network to be resolved. */
export const signerDid: Reader<string> = (value, path, faults) => {
  const found = text(1024, /^did:/, "a DID")(value, path, faults)
  if (found === undefined) return undefined
  const key = resolveDeviceKey(found)
  if (!("reason" in key)) return found
  faults.push({ path, message: `must be a did:key or did:jwk with a strong key (${key.detail})` })
  return undefined
}

/** A signer whose keys may stand in a document, which comes as knowledge of its own: any DID that a document can be looked for of. */
export const documentedDid: Reader<string> = (value, path, faults) => {
  if (typeof value !== "string" || !hasDocument(value)) return signerDid(value, path, faults)
  const location = locate(value)
  if (!("reason" in location)) return value
  faults.push({ path, message: `names no document that could be looked for (${location.detail})` })
  return undefined
}
