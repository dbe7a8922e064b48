/**
 * Who asks for a passport: its holder signs that it does. A compact JWS (`m2m-passport-request+jwt`) over `{iss, aud, iat}` by the
 * key of the DID. Whoever repeats it within its minute learns the passport once more, and has no key for it.
 */
import { type PublicKey, resolveDeviceKey } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import { parseCompact, parseStrictObject } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"

export const REQUEST_TYP = "m2m-passport-request+jwt"
/** Seconds that the request's time may be off. */
const MAX_AGE = 60

/** The key that a `kid` names by the document of a DID that is in force; null where it names none. */
export type ListedKey = (did: string, fragment: string) => PublicKey | null

const keyNamed = (did: string, kid: string, listedKey: ListedKey): PublicKey | null => {
  if (hasDocument(did)) return kid.startsWith(`${did}#`) ? listedKey(did, kid.slice(did.length + 1)) : null
  const key = resolveDeviceKey(did)
  return "reason" in key || kid !== key.kid ? null : key
}

/** @param now milliseconds since 1970 */
export const isHolder = (
  proof: string,
  did: string,
  trustDomain: string,
  now: number,
  listedKey: ListedKey = () => null,
): boolean => {
  const jws = parseCompact(Buffer.from(proof, "latin1"), { typ: [REQUEST_TYP] })
  if ("reason" in jws) return false
  const key = keyNamed(did, jws.header.kid, listedKey)
  const claims = parseStrictObject(jws.payload)
  if (key === null || "reason" in claims || jws.header.alg !== key.alg) return false
  const { iss, aud, iat } = claims.value
  const isOfNow = typeof iat === "number" && Math.abs(now / 1_000 - iat) <= MAX_AGE
  return iss === did && aud === trustDomain && isOfNow && verifyNow(key, jws.signingInput, jws.signature) === VALID
}
