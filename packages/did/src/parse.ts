/** The syntax of DIDs and DID URLs (W3C DID Core 1.0 section 3), as far as devices may use it. */

export interface Did {
  readonly did: string
  readonly method: string
  /** The method-specific identifier. */
  readonly id: string
}

/** did:jwk of a P-256 key with every optional member stays below 600 characters. */
const MAX_DID = 1024
const METHOD = /^[a-z0-9]+$/
const ID = /^[A-Za-z0-9._:-]+$/

/** The parts of a plain DID, or null. No path, query, fragment, parameter or percent-encoding. */
export const parseDid = (text: string): Did | null => {
  if (text.length > MAX_DID || !text.startsWith("did:")) return null
  const colon = text.indexOf(":", 4)
  if (colon < 0) return null
  const method = text.slice(4, colon)
  const id = text.slice(colon + 1)
  return METHOD.test(method) && ID.test(id) && !id.endsWith(":") ? { did: text, method, id } : null
}
