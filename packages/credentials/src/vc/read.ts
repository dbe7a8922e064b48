/** From a `vc+jwt` token (VC-JOSE-COSE: the payload is the credential itself) to what a verifier keeps of it. */
import { createHash } from "node:crypto"
import { type CompactJws, isObject } from "@assay/jose"
import { formatPath, readShape } from "@assay/jose/shape"
import { checkSignature, readToken, type TokenFailure } from "../token.ts"
import { type CredentialBody, deviceCredential } from "./shape.ts"
import { internTerms, type Terms, termsOf } from "./terms.ts"

export const VC_TYP = "vc+jwt"
/** Characters. A credential is read by every verifier of its device. */
export const MAX_CREDENTIAL_LENGTH = 32 * 1024

export interface DeviceCredential {
  /** base64url SHA-256 of the signing input; not of the token, because signatures are malleable. */
  readonly hash: string
  /** The DID of the device it was issued to. */
  readonly subject: string
  readonly terms: Terms
  /** Inclusive and exclusive, milliseconds since 1970. */
  readonly validFrom: number
  readonly validUntil: number
  readonly hardwareId: string | null
  /** The index in each list of `terms.status`, in that order. */
  readonly indices: ReadonlyArray<number>
}

export interface ReadCredential {
  readonly credential: DeviceCredential
  /** Not verified yet. */
  readonly jws: CompactJws
}

/** A token that is no credential; where it names an issuer, that issuer's signature tells whose mistake this is. */
export interface OddCredential extends TokenFailure {
  readonly claimed?: { readonly issuer: string; readonly jws: CompactJws }
}

/** The credential of a token, its signature not checked yet, or the first fault. Never throws; about 30 us. */
export const readCredential = (token: string): ReadCredential | OddCredential => {
  if (token.length > MAX_CREDENTIAL_LENGTH) return { detail: `longer than ${MAX_CREDENTIAL_LENGTH} characters` }
  const read = readToken(token, VC_TYP)
  if ("detail" in read) return read
  const shaped = readShape(deviceCredential, read.payload)
  if (!("value" in shaped)) {
    const detail = `${formatPath(shaped[0]!.path)} ${shaped[0]!.message}`
    const { issuer } = read.payload
    const named = isObject(issuer) ? issuer.id : issuer
    return typeof named === "string" ? { detail, claimed: { issuer: named, jws: read.jws } } : { detail }
  }
  const hash = createHash("sha256").update(read.jws.signingInput).digest("base64url")
  return { credential: extract(shaped.value, hash), jws: read.jws }
}

const extract = (body: CredentialBody, hash: string): DeviceCredential => {
  const { id, hardwareId, capabilities, vendor, class: kind, assurance } = body.credentialSubject
  return {
    hash,
    subject: id,
    terms: termsOf({
      issuer: body.issuer,
      types: body.type.slice(1),
      vendor,
      class: kind,
      assurance,
      status: body.credentialStatus.map((entry) => ({
        list: entry.statusListCredential,
        purpose: entry.statusPurpose,
      })),
      capabilities,
    }),
    validFrom: body.validFrom,
    validUntil: body.validUntil,
    hardwareId,
    indices: body.credentialStatus.map((entry) => entry.statusListIndex),
  }
}

/** The credential once its signature was found to hold: its terms are now those that the product's devices share. */
export const signed = ({ credential }: ReadCredential): DeviceCredential => ({
  ...credential,
  terms: internTerms(credential.terms),
})

/** Reads and verifies in one go; about 160 us. Says nothing about trust: see `scope.ts` and the trust bundle. */
export const verifyCredential = (
  token: string,
):
  | { readonly credential: DeviceCredential }
  | { readonly reason: "malformed" | "signature_invalid"; readonly detail: string } => {
  const read = readCredential(token)
  if ("detail" in read) return { reason: "malformed", detail: read.detail }
  const forged = checkSignature(read.jws, read.credential.terms.issuer)
  return forged === null ? { credential: signed(read) } : { reason: "signature_invalid", detail: forged.detail }
}
