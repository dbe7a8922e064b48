/**
 * Who asks for a passport: its holder signs that it does. A compact JWS (`m2m-passport-request+jwt`) over `{iss, aud, iat}` by the
 * key of the DID. Whoever repeats it within its minute learns the passport once more, and has no key for it.
 */
import { resolveDeviceKey } from "@assay/did"
import { parseCompact, parseStrictObject } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"

export const REQUEST_TYP = "m2m-passport-request+jwt"
/** Seconds that the request's time may be off. */
const MAX_AGE = 60

/** @param now milliseconds since 1970 */
export const isHolder = (proof: string, did: string, trustDomain: string, now: number): boolean => {
  const jws = parseCompact(Buffer.from(proof, "latin1"), { typ: [REQUEST_TYP] })
  const key = resolveDeviceKey(did)
  if ("reason" in jws || "reason" in key) return false
  const claims = parseStrictObject(jws.payload)
  if ("reason" in claims || jws.header.kid !== key.kid || jws.header.alg !== key.alg) return false
  const { iss, aud, iat } = claims.value
  const isOfNow = typeof iat === "number" && Math.abs(now / 1_000 - iat) <= MAX_AGE
  return iss === did && aud === trustDomain && isOfNow && verifyNow(key, jws.signingInput, jws.signature) === VALID
}
