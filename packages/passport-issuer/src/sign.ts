/** Signs what a passport signer signs: passports as JWT and CWT, revocation snapshots as CWT. */
import { createHash } from "node:crypto"
import { encodeDidKey, jwkOf, type PublicKey, resolveDeviceKey } from "@assay/did"
import { signClaimsWith } from "@assay/jose"
import type { PassportClaims } from "@assay/passport"
import {
  encodeCbor,
  kidOf,
  MAX_CWT_BYTES,
  PASSPORT_TYP,
  protectedHeader,
  SIGN1_TAG,
  SNAPSHOT_TYP,
  type SnapshotClaims,
  signingInput,
  snapshotToCwt,
  toCwt,
} from "@assay/passport/issue"
import type { Signer } from "@assay/signing"

/** All claims but those that follow from the keys. */
export type PassportTerms = Omit<PassportClaims, "iss" | "cnf">

export interface IssuedPassport {
  readonly claims: PassportClaims
  readonly jwt: Uint8Array
  /** Null where the names in it are so long that it would not fit into 600 bytes. */
  readonly cwt: Uint8Array | null
}

/** A tagged COSE_Sign1 (RFC 9052 section 4.2). @throws what the signer throws */
const sign1 = async (typ: string, payload: Uint8Array, signer: Signer): Promise<Uint8Array> => {
  const header = protectedHeader(signer.alg, typ)
  const signature = await signer.sign(signingInput(header, payload))
  return Buffer.concat([Uint8Array.of(SIGN1_TAG), encodeCbor([header, new Map(), payload, signature])])
}

/** The JWK thumbprint (RFC 7638) of a key, base64url. */
export const thumbprintOf = (key: PublicKey): string =>
  createHash("sha256")
    .update(JSON.stringify(jwkOf(key)))
    .digest("base64url")

const keyOfDid = (did: string): PublicKey => {
  const key = resolveDeviceKey(did)
  if ("reason" in key) throw new TypeError(`${did}: ${key.detail}`)
  return key
}

/**
 * @param listed the device's key, where a document lists it; null where its DID is its key
 * @throws TypeError where the device's DID has no key; what the signer throws
 */
export const signPassport = async (
  terms: PassportTerms,
  signer: Signer,
  listed: PublicKey | null = null,
): Promise<IssuedPassport> => {
  const jkt = thumbprintOf(listed ?? keyOfDid(terms.sub))
  const cnf = listed === null ? { jkt } : { jkt, kid: encodeDidKey(listed) }
  const claims: PassportClaims = { ...terms, iss: signer.did, cnf }
  const jwt = await signClaimsWith(claims, signer, { kid: kidOf(signer.did), typ: `${PASSPORT_TYP}+jwt` })
  const cwt = await sign1(`${PASSPORT_TYP}+cwt`, encodeCbor(toCwt(claims)), signer)
  return { claims, jwt, cwt: cwt.length <= MAX_CWT_BYTES ? cwt : null }
}

/** @throws what the signer throws */
export const signSnapshot = (claims: Omit<SnapshotClaims, "iss">, signer: Signer): Promise<Uint8Array> =>
  sign1(SNAPSHOT_TYP, encodeCbor(snapshotToCwt({ ...claims, iss: signer.did })), signer)
