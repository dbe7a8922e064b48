/**
 * Credentials as `vc+cose` (VC-JOSE-COSE, REC 2025-05-15, section 3.2): a COSE_Sign1 whose payload is the JSON of the credential. In a
 * presentation it stands as base64url, since a presentation holds texts.
 */
import { parseSign1 } from "@assay/cose"
import { decodeBase64url } from "@assay/did"
import { parseStrictObject } from "@assay/jose"
import { type Sealed, sealedCredential, type Unreadable } from "./sealed.ts"

const TYPS = ["application/vc+cose", "vc+cose"]
/** The head of the tag of a COSE_Sign1 and of an array of four, in base64url. */
export const COSE_HEAD = "0oR"

/** Claims of CWT would stand in the header, and are refused there: the credential says itself when it counts. */
const ALWAYS = { from: 0, until: Number.POSITIVE_INFINITY }

/** Never throws. */
export const openVcCose = (token: string): Sealed | Unreadable => {
  const bytes = decodeBase64url(token)
  if (bytes === null) return { detail: "it is not canonical base64url" }
  const parsed = parseSign1(bytes, TYPS, { isForeign: true })
  if ("reason" in parsed) return { detail: parsed.detail }
  const payload = parseStrictObject(parsed.payload)
  if ("reason" in payload) return { detail: `payload: ${payload.detail}` }
  const { alg, kid, signingInput, signature } = parsed
  const header = { alg, kid: Buffer.from(kid).toString("utf8") }
  return sealedCredential(payload.value, { header, signingInput, signature }, { times: ALWAYS, status: null })
}
