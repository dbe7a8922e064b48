/** What a passport signer signed: which signers count says the slice in force, never the token. */
import { keyOfDid, kidOf } from "../key/did.ts"
import { type Signed, verify } from "../key/verify.ts"
import { type Refused, refuse } from "../reason.ts"
import type { Slice } from "../slice/slice.ts"

/** The claims of a token where it bears the signature of a signer of the slice, for the slice's deployment. */
export const openSigned = async <Claims extends { readonly iss: string; readonly aud: string }>(
  what: "passport" | "snapshot",
  token: Signed | null,
  claims: Claims | null,
  { signers, trustDomain }: Slice,
): Promise<Claims | Refused> => {
  if (token === null || claims === null) return refuse(`${what}.malformed`, token === null ? "token" : "claims")
  const { iss, aud } = claims
  const key = signers.includes(iss) ? keyOfDid(iss) : null
  if (key === null) return refuse(`${what}.signer_unknown`, iss)
  // The header of a JWS names its key; it must be this one.
  if (("kid" in token && token.kid !== kidOf(iss)) || !(await verify(key, token)))
    return refuse(`${what}.signature_invalid`, iss)
  return aud === trustDomain ? claims : refuse(`${what}.audience_refused`, aud)
}
