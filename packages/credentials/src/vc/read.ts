/** From a credential in any format to what a verifier keeps of it. */
import { createHash } from "node:crypto"
import { type DeviceKey, keyIdOfResolved } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import { MAX_STATUS } from "../data-model/shape.ts"
import { openSealed } from "../formats/index.ts"
import type { KeyBinding } from "../formats/sd-jwt/key-binding.ts"
import { claimedBy, type Sealed, type Unreadable } from "../formats/sealed.ts"
import type { Documents } from "../issuer/documents.ts"
import { type SignedPart, verifiedKey } from "../token.ts"
import { internTerms, signedTerms, type Terms, termsOf } from "./terms.ts"

/** Characters. A credential is read by every verifier of its device. */
export const MAX_CREDENTIAL_LENGTH = 32 * 1024

export interface DeviceCredential {
  /** base64url SHA-256 of what its issuer signed, and of what was disclosed with it; not of the token, because signatures are malleable. */
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
  readonly signed: SignedPart
  /** What its holder signed with it; null where it signed nothing. */
  readonly binding: KeyBinding | null
}

/** A token that is no credential; where it names an issuer, that issuer's signature tells whose mistake this is. */
export type OddCredential = Unreadable

/** The credential of a token, its signature not checked yet, or the first fault. Never throws; about 30 us. */
export const readCredential = (token: string): ReadCredential | OddCredential => {
  if (token.length > MAX_CREDENTIAL_LENGTH) return { detail: `longer than ${MAX_CREDENTIAL_LENGTH} characters` }
  const sealed = openSealed(token)
  if ("detail" in sealed) return sealed
  const { body, status, signed, binding } = sealed
  // A state keeps so many places on lists, in whichever form they stand.
  if (status !== null && body.credentialStatus.length === MAX_STATUS)
    return claimedBy(
      { detail: `status is one place on status lists beyond ${MAX_STATUS}` },
      { issuer: body.issuer },
      signed,
    )
  return { credential: extract(sealed), signed, binding }
}

const hashOf = ({ identity }: Sealed): string => {
  const hash = createHash("sha256")
  for (const part of identity) hash.update(part)
  return hash.digest("base64url")
}

const extract = (sealed: Sealed): DeviceCredential => {
  const { body, times, status: token } = sealed
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
    hash: hashOf(sealed),
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

/**
 * The credential once its signature was found to hold under `key`: its terms are now those that the product's devices share. Where the
 * issuer's keys stand in a document they name the key too, so that the credential ends with it.
 */
export const signed = (
  { credential }: Pick<ReadCredential, "credential">,
  key: Pick<DeviceKey, "did" | "alg" | "publicKey">,
): DeviceCredential => {
  const { terms } = credential
  const named = hasDocument(terms.issuer) ? signedTerms(terms, keyIdOfResolved({ ...key, kid: "" })) : terms
  return { ...credential, terms: internTerms(named) }
}

/** Reads and verifies in one go; about 160 us. Says nothing about trust: see `scope.ts` and the trust bundle. */
export const verifyCredential = (
  token: string,
  documents?: Documents,
):
  | { readonly credential: DeviceCredential }
  | { readonly reason: "malformed" | "signature_invalid"; readonly detail: string } => {
  const read = readCredential(token)
  if ("detail" in read) return { reason: "malformed", detail: read.detail }
  const key = verifiedKey(read.signed, read.credential.terms.issuer, documents)
  return "detail" in key ? { reason: "signature_invalid", detail: key.detail } : { credential: signed(read, key) }
}
