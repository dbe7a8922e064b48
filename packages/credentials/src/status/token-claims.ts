/**
 * What a Token Status List says (draft-ietf-oauth-status-list-21, section 5), as JWT and as CWT. Claims that are not named here are
 * allowed, and say nothing of the entries.
 */
import { type Cbor, type CborMap, isBytes, isMap } from "@assay/cose"
import { decodeBase64url } from "@assay/did"
import { isObject, type Json, type JsonObject } from "@assay/jose"
import { type Fault, integer, optional, type Reader } from "@assay/jose/shape"
import { MAX_NUMERIC_DATE, numericDate, uri } from "../data-model/members.ts"
import { failureOf, type TokenFailure } from "../token.ts"
import { endOf, type ListClaims } from "./list-claims.ts"
import { decodeTokenList, isTokenSize } from "./token-list.ts"

/** Members by their names in a JWT. */
interface Members {
  readonly sub: unknown
  readonly aud: unknown
  readonly iat: unknown
  readonly nbf: unknown
  readonly exp: unknown
  readonly ttl: unknown
  readonly bits: unknown
  /** Compressed; null where it is none. */
  readonly lst: Uint8Array | null
}

const claimsOf = (members: Members): ListClaims | TokenFailure => {
  const faults: Fault[] = []
  const read = <T>(reader: Reader<T>, name: keyof Members): T | undefined =>
    reader(members[name] as Json | undefined, [name], faults)
  const id = read(uri, "sub")
  const iat = read(numericDate, "iat")
  const nbf = read(optional(numericDate, 0), "nbf")
  const exp = read(optional(numericDate, Number.POSITIVE_INFINITY), "exp")
  const ttl = read(optional(integer(1, MAX_NUMERIC_DATE), null), "ttl")
  if (members.aud !== undefined) faults.push({ path: ["aud"], message: "must not be there: a list is for everybody" })
  const { bits, lst } = members
  if (!isTokenSize(bits)) faults.push({ path: ["status_list", "bits"], message: "must be 1, 2, 4 or 8" })
  if (lst === null) faults.push({ path: ["status_list", "lst"], message: "must hold the compressed entries" })
  if (faults.length > 0 || !isTokenSize(bits) || lst === null) return failureOf(faults)
  const issued = Math.max(iat!, nbf!) * 1_000
  return {
    id: id!,
    purposes: ["token"],
    issued,
    expires: endOf(issued, exp! * 1_000),
    ttlMs: ttl === null ? null : ttl! * 1_000,
    entries: () => decodeTokenList(bits, lst),
  }
}

/** The claims of the payload of a `statuslist+jwt`, its signature not checked. Never throws. */
export const jwtListClaims = (payload: JsonObject): ListClaims | TokenFailure => {
  const { sub, aud, iat, nbf, exp, ttl, status_list } = payload
  const { bits, lst } = isObject(status_list) ? status_list : {}
  return claimsOf({ sub, aud, iat, nbf, exp, ttl, bits, lst: typeof lst === "string" ? decodeBase64url(lst) : null })
}

/** Claims of CWT (RFC 8392, section 4; the draft, section 14.6). */
export const CWT = { iss: 1, sub: 2, aud: 3, exp: 4, nbf: 5, iat: 6, list: 65_533, ttl: 65_534 } as const

const NONE: CborMap = new Map<string, Cbor>()

/** The same of the payload of a `statuslist+cwt`. Never throws. */
export const cwtListClaims = (payload: CborMap): ListClaims | TokenFailure => {
  const found = payload.get(CWT.list)
  const inner = isMap(found) ? found : NONE
  const lst = inner.get("lst")
  return claimsOf({
    sub: payload.get(CWT.sub),
    aud: payload.get(CWT.aud),
    iat: payload.get(CWT.iat),
    nbf: payload.get(CWT.nbf),
    exp: payload.get(CWT.exp),
    ttl: payload.get(CWT.ttl),
    bits: inner.get("bits"),
    lst: isBytes(lst) ? lst : null,
  })
}
