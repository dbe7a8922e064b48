/** Opens a passport, as JWT or as CWT. */
import { toBase64 } from "../bytes/bytes.ts"
import { type Key, keyOfDid } from "../key/did.ts"
import { sha256, thumbprintOf } from "../key/verify.ts"
import { isRefused, type Refused, refuse } from "../reason.ts"
import type { Slice } from "../slice/slice.ts"
import { readSign1, SIGN1_TAG } from "./cose.ts"
import { readJws } from "./jws.ts"
import { fromCwt, fromJwt, MAX_PASSPORT_BYTES, PASSPORT_TYP, type PassportClaims } from "./passport.ts"
import { openSigned } from "./signed.ts"

/** A passport whose signature holds. That it may be used now and for this is decided by `decide`. */
export interface Passport extends PassportClaims {
  /** SHA-256 of its bytes, base64url: what a handshake signs. */
  readonly digest: string
}

/**
 * The key of a passport's device: of its DID, or the one that the passport names where the DID is no key. Null where there is none, or
 * where both would be.
 */
export const keyOf = ({ sub, cnf: { kid } }: PassportClaims): Key | null => {
  const own = keyOfDid(sub)
  return kid === undefined ? own : own === null ? keyOfDid(kid) : null
}

/**
 * @param slice the slice in force, which names the signers and the deployment
 * @returns `passport.*` where it is refused
 */
export const openPassport = async (bytes: Uint8Array, slice: Slice): Promise<Passport | Refused> => {
  const shown = bytes.length > MAX_PASSPORT_BYTES ? new Uint8Array(0) : bytes
  const token = shown[0] === SIGN1_TAG ? readSign1(shown, `${PASSPORT_TYP}+cwt`) : readJws(shown, `${PASSPORT_TYP}+jwt`)
  const claims = token && ("kid" in token ? fromJwt(token.claims) : fromCwt(token.claims))
  const passport = await openSigned("passport", token, claims, slice)
  if (isRefused(passport)) return passport
  const life = passport.exp - passport.iat
  if (!(life > 0 && life <= slice.limits.passport)) return refuse("passport.lifetime_refused", `${life}`)
  const key = keyOf(passport)
  if (key === null || toBase64(await thumbprintOf(key)) !== passport.cnf.jkt)
    return refuse("passport.key_mismatch", passport.sub)
  return { ...passport, digest: toBase64(await sha256(bytes)) }
}
