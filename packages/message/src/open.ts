/**
 * What a device signed, whatever its format: who is said to have signed it, what the signature covers, and the claims. Formats differ
 * in the first byte: `d2` begins a COSE_Sign1 (RFC 9052), and nothing that is a compact JWS (RFC 7515).
 */
import { hash } from "node:crypto"
import { decodeCbor, isCborFailure, parseSign1, type Sign1Reason } from "@assay/cose"
import { type JwsHeader, parseCompact } from "@assay/jose"
import { type ClaimsFailure, type ReadClaims, readClaims, readMembers } from "./claims/read.ts"
import { issuerOf } from "./cose/issuer.ts"
import { payloadOf } from "./cose/payload.ts"
import { COSE_TYPES, isCose, JWS_TYPES } from "./format.ts"

export interface OpenMessage {
  /** `kid` is the DID URL of the key. */
  readonly header: JwsHeader
  readonly signingInput: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** SHA-256 of the signing input. */
  readonly digest: Buffer
  readonly read: ReadClaims | ClaimsFailure
}

/** The tail of an `identity.*` reason code, and for people what is wrong. */
export interface OpenFailure {
  readonly reason: "malformed_jws" | Sign1Reason
  readonly detail: string
}

/** The parts of a message, its signature not verified yet, or why it is none. Never throws. */
export const openMessage = (bytes: Uint8Array): OpenMessage | OpenFailure =>
  isCose(bytes) ? openCose(bytes) : openJws(bytes)

const openJws = (bytes: Uint8Array): OpenMessage | OpenFailure => {
  const jws = parseCompact(bytes, { typ: JWS_TYPES })
  if ("reason" in jws) return jws
  const { header, signingInput, signature } = jws
  const digest = hash("sha256", signingInput, "buffer")
  return {
    header,
    signingInput,
    signature,
    digest,
    read: readClaims(header, jws.payload, digest.toString("base64url")),
  }
}

const openCose = (bytes: Uint8Array): OpenMessage | OpenFailure => {
  const sign1 = parseSign1(bytes, COSE_TYPES)
  if ("reason" in sign1) return sign1
  const { alg, typ, signingInput, signature } = sign1
  const digest = hash("sha256", signingInput, "buffer")
  const refused = (detail: string, iss: string | null): ClaimsFailure => ({ reason: "malformed_claims", detail, iss })
  const opened = (kid: string, read: ReadClaims | ClaimsFailure): OpenMessage => ({
    header: { alg, kid, typ },
    signingInput,
    signature,
    digest,
    read,
  })
  const claims = decodeCbor(sign1.payload)
  if (isCborFailure(claims)) return opened("", refused(`payload: ${claims.detail}`, null))
  const issuer = issuerOf(sign1.kid, claims)
  if (typeof issuer === "string") return opened("", refused(issuer, null))
  const { iss, kid } = issuer
  const payload = payloadOf(claims, iss)
  if (typeof payload === "string") return opened(kid, refused(payload, iss))
  const header = { alg, kid, typ }
  return opened(kid, readMembers(header, payload, digest.toString("base64url")))
}
