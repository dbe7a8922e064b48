/** From a `vc+jwt` token (VC-JOSE-COSE: the payload is the credential itself) to what a verifier keeps of it. */
import { createHash } from "node:crypto"
import { type CompactJws, isObject, type JsonObject } from "@assay/jose"
import { type Fault, formatPath, readShape } from "@assay/jose/shape"
import { type SplitClaims, splitClaims } from "../data-model/jwt-claims.ts"
import { type CredentialBody, deviceCredential, MAX_STATUS } from "../data-model/shape.ts"
import { checkSignature, readToken, type TokenFailure } from "../token.ts"
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
  const faults: Fault[] = []
  const { credential, ...signature } = splitClaims(read.payload, faults)
  const shaped = faults.length > 0 ? faults : shapeOf(credential, signature.status !== null)
  if (!("value" in shaped)) {
    const detail = `${formatPath(shaped[0]!.path)} ${shaped[0]!.message}`
    const { issuer } = read.payload
    const named = isObject(issuer) ? issuer.id : issuer
    return typeof named === "string" ? { detail, claimed: { issuer: named, jws: read.jws } } : { detail }
  }
  const hash = createHash("sha256").update(read.jws.signingInput).digest("base64url")
  return { credential: extract(shaped.value, signature, hash), jws: read.jws }
}

/** A state keeps so many places on lists, in whichever form they stand. */
const shapeOf = (credential: JsonObject, hasToken: boolean): ReturnType<typeof readShape<CredentialBody>> => {
  const shaped = readShape(deviceCredential, credential)
  return "value" in shaped && hasToken && shaped.value.credentialStatus.length === MAX_STATUS
    ? [{ path: ["status"], message: `is one place on status lists beyond ${MAX_STATUS}` }]
    : shaped
}

const extract = (
  body: CredentialBody,
  { times, status: token }: Omit<SplitClaims, "credential">,
  hash: string,
): DeviceCredential => {
  const { id, hardwareId, capabilities, vendor, class: kind, assurance } = body.credentialSubject
  const places = [
    ...body.credentialStatus.map((entry) => ({
      list: entry.statusListCredential,
      purpose: entry.statusPurpose,
      index: entry.statusListIndex,
    })),
    ...(token === null ? [] : [{ list: token.uri, purpose: "token" as const, index: token.idx }]),
  ]
  return {
    hash,
    subject: id,
    terms: termsOf({
      issuer: body.issuer,
      types: body.type.slice(1),
      vendor,
      class: kind,
      assurance,
      status: places.map(({ list, purpose }) => ({ list, purpose })),
      capabilities,
    }),
    // It counts while the signature does, too.
    validFrom: Math.max(body.validFrom, times.from),
    validUntil: Math.min(body.validUntil, times.until),
    hardwareId,
    indices: places.map(({ index }) => index),
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
