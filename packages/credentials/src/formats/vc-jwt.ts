/** Credentials as `vc+jwt` (VC-JOSE-COSE, REC 2025-05-15, section 3.1): the payload of a strict compact JWS is the credential. */
import type { JsonObject } from "@assay/jose"
import type { Fault } from "@assay/jose/shape"
import { splitClaims } from "../data-model/jwt-claims.ts"
import { failureOf, readToken, type SignedPart } from "../token.ts"
import { claimedBy, type Sealed, sealedCredential, type Unreadable } from "./sealed.ts"

export const VC_TYP = "vc+jwt"

/** Claims stand beside the members of the credential. @param signed not verified yet */
const sealedClaims = (payload: JsonObject, signed: SignedPart): Sealed | Unreadable => {
  const faults: Fault[] = []
  const { credential, times, status } = splitClaims(payload, faults)
  return faults.length === 0
    ? sealedCredential(credential, signed, { times, status })
    : claimedBy(failureOf(faults), payload, signed)
}

/** Never throws. */
export const openVcJwt = (token: string): Sealed | Unreadable => {
  const read = readToken(token, VC_TYP)
  return "detail" in read ? read : sealedClaims(read.payload, read.jws)
}
