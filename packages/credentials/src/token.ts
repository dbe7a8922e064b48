/**
 * Tokens that issuers and operators sign: strict compact JWS whose key is named by the DID that must have signed, or stands in its
 * document.
 */
import { type DeviceKey, resolveDeviceKey } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import { type CompactJws, type JsonObject, parseCompact, parseStrictObject } from "@assay/jose"
import { type Fault, formatPath } from "@assay/jose/shape"
import { VALID, verifyNow } from "@assay/jose/verify"
import { type Documents, listedKey, NO_DOCUMENTS } from "./issuer/documents.ts"

export interface ReadToken {
  readonly jws: CompactJws
  readonly payload: JsonObject
}
/** What a signature is checked by, in whichever format. */
export interface SignedPart {
  readonly header: Pick<CompactJws["header"], "alg" | "kid">
  /** What the signature covers. */
  readonly signingInput: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}
export interface TokenFailure {
  readonly detail: string
}

/** The first of the faults, with its path. */
export const failureOf = ([first]: ReadonlyArray<Fault>): TokenFailure => ({
  detail: `${formatPath(first!.path)} ${first!.message}`.trim(),
})

/** Header and payload of a token, its signature not checked yet. Never throws. */
export const readToken = (token: string, typ: string): ReadToken | TokenFailure => {
  // Not latin1: that would fold characters beyond it onto letters of base64url, so that two texts were one token.
  const jws = parseCompact(Buffer.from(token, "utf8"), { typ: [typ] })
  if ("reason" in jws) return { detail: jws.detail }
  const payload = parseStrictObject(jws.payload)
  return "reason" in payload ? { detail: `payload: ${payload.detail}` } : { jws, payload: payload.value }
}

const documentedKey = (did: string, kid: string, documents: Documents): DeviceKey | TokenFailure => {
  const document = documents(did)
  if (document === null) return { detail: `no document of ${did} is in force` }
  const key = listedKey(document, kid)
  return typeof key === "string" ? { detail: key } : key
}

/**
 * The key that a token must verify under if `did` signed it, or why it cannot have. Whether a document or its key has ended is for
 * whoever knows the time to ask.
 * @param documents of DIDs that are no keys; where it is left out, nothing that these sign holds
 */
export const keyOf = (
  { header }: { readonly header: Pick<CompactJws["header"], "alg" | "kid"> },
  did: string,
  documents: Documents = NO_DOCUMENTS,
): DeviceKey | TokenFailure => {
  const found = hasDocument(did) ? documentedKey(did, header.kid, documents) : resolveDeviceKey(did)
  if ("detail" in found) return { detail: found.detail }
  const key = found
  if (key.kid !== header.kid) return { detail: `kid is not the key of ${did}` }
  return key.alg === header.alg ? key : { detail: `alg is not that of the key of ${did}` }
}

/** The key under which the token holds, where `did` signed it; otherwise why it does not. Synchronous, about 130 us; never throws. */
export const verifiedKey = (jws: SignedPart, did: string, documents?: Documents): DeviceKey | TokenFailure => {
  const key = keyOf(jws, did, documents)
  if ("detail" in key) return key
  return verifyNow(key, jws.signingInput, jws.signature) === VALID ? key : { detail: `does not verify for ${did}` }
}

/**
 * Whether this very key has signed it, whatever its header calls the key: another version of a document may give the name to another one.
 * Synchronous, about 130 us; never throws.
 * @param keyId the did:key of the key
 */
export const isSignedBy = (
  keyId: string,
  { header, signingInput, signature }: { readonly header: { readonly alg: string } } & Omit<SignedPart, "header">,
): boolean => {
  const key = resolveDeviceKey(keyId)
  return !("reason" in key) && key.alg === header.alg && verifyNow(key, signingInput, signature) === VALID
}

/** Null where `did` signed the token, otherwise why that is not so. Synchronous, about 130 us; never throws. */
export const checkSignature = (jws: SignedPart, did: string, documents?: Documents): TokenFailure | null => {
  const key = verifiedKey(jws, did, documents)
  return "detail" in key ? key : null
}
