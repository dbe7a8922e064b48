/**
 * The claims of a JWT that may stand beside the members of a credential (VC-JOSE-COSE, REC 2025-05-15, section 3.1): `iss`, `jti` and
 * `sub` say again what the credential says, `iat`, `nbf` and `exp` are those of the signature. `status` names a place in a Token
 * Status List (draft-ietf-oauth-status-list-21, section 6.2). `vc` and `vp` belong to an older data model and are refused.
 */
import { isObject, type Json, type JsonObject } from "@assay/jose"
import { type Fault, integer, object, type Path } from "@assay/jose/shape"
import { MAX_STATUS_INDEX, numericDate, uri } from "./members.ts"

/** When a signature counts; milliseconds since 1970, inclusive and exclusive. */
export interface SignatureTimes {
  readonly from: number
  readonly until: number
}

export interface SplitClaims {
  /** The payload without them. */
  readonly credential: JsonObject
  readonly times: SignatureTimes
  /** Null where it names none. */
  readonly status: TokenStatusRef | null
}

/** A place in a Token Status List. */
export interface TokenStatusRef {
  readonly uri: string
  readonly idx: number
}

/** Closed: what is not understood here could say that the credential does not count. */
export const statusClaim = object({ status_list: object({ uri, idx: integer(0, MAX_STATUS_INDEX) }) })

const CLAIMS = new Set(["iss", "jti", "sub", "iat", "nbf", "exp", "status"])

const idOf = (value: Json | undefined): Json | undefined => (isObject(value) ? value["id"] : value)

/** What each must equal, where it is there. */
const SAME: ReadonlyArray<readonly [claim: string, of: string, value: (payload: JsonObject) => Json | undefined]> = [
  ["iss", "issuer", ({ issuer }) => idOf(issuer)],
  ["jti", "id", ({ id }) => id],
  [
    "sub",
    "credentialSubject.id",
    ({ credentialSubject }) => (isObject(credentialSubject) ? credentialSubject["id"] : undefined),
  ],
]

const at = (claim: string): Path => [claim]

/** Notes what is wrong with them among the faults. */
export const splitClaims = (payload: JsonObject, faults: Fault[]): SplitClaims => {
  for (const old of ["vc", "vp"])
    if (Object.hasOwn(payload, old))
      faults.push({ path: at(old), message: "must not be there: the payload itself is the credential" })
  for (const [claim, name, value] of SAME)
    if (payload[claim] !== undefined && payload[claim] !== value(payload))
      faults.push({ path: at(claim), message: `must be the same as ${name}` })
  const secondsOf = (claim: string): number | undefined =>
    payload[claim] === undefined ? undefined : numericDate(payload[claim], at(claim), faults)
  const [iat = 0, nbf = 0, exp = Number.POSITIVE_INFINITY] = ["iat", "nbf", "exp"].map(secondsOf)
  const credential = Object.fromEntries(Object.entries(payload).filter(([member]) => !CLAIMS.has(member)))
  const status = payload["status"] === undefined ? null : statusClaim(payload["status"], at("status"), faults)
  return {
    credential,
    times: { from: Math.max(iat, nbf) * 1_000, until: exp * 1_000 },
    status: status?.status_list ?? null,
  }
}
