/**
 * Does a key binding hold here and now? Its holder must have signed it, for this deployment, over a challenge that one of the
 * deployment's challengers made for this holder and this very presentation, and that has not ended.
 */
import { keyIdOfDid } from "@assay/did"
import { integer, object, oneOf, readShape, text } from "@assay/jose/shape"
import { MAX_NUMERIC_DATE, numericDate } from "../../data-model/members.ts"
import { checkSignature, readToken } from "../../token.ts"
import { type KeyBinding, whyNotHolders } from "./key-binding.ts"

/** As `packages/attestation/src/tokens/challenge.ts` has it. */
const CHALLENGE_TYP = "assay-challenge+jwt"
const MAX_CHALLENGE_S = 3_600
/** How far the clock of a holder may be ahead, milliseconds. */
const SKEW_MS = 60_000

const challenge = object({
  iss: text(1_024, /^did:/, "a DID"),
  sub: text(1_024, /^did:/, "a DID"),
  aud: text(512),
  iat: numericDate,
  exp: integer(0, MAX_NUMERIC_DATE),
  jti: text(128),
  purpose: oneOf(["attestation"]),
  key: text(128),
})

export interface BindingContext {
  /** The DID that presents. */
  readonly holder: string
  /** What the presentation is for, and the deployment. */
  readonly aud: string
  readonly trustDomain: string
  /** DIDs whose challenges count. */
  readonly challengers: ReadonlyArray<string>
  /** Of the entry, milliseconds since 1970. */
  readonly time: number
}

export interface NotBound {
  /** It was right, and is too old now: whoever carried it may have held it back. */
  readonly isLate: boolean
  /** For people. */
  readonly detail: string
}

const no = (detail: string): NotBound => ({ isLate: false, detail: `key binding: ${detail}` })

/** Null where it holds. Two signature checks; never throws. */
export const whyNotBound = (binding: KeyBinding, context: BindingContext): NotBound | null => {
  const { holder, aud, trustDomain, challengers, time } = context
  if (binding.aud !== aud && binding.aud !== trustDomain) return no(`aud is neither ${aud} nor ${trustDomain}`)
  const read = readToken(binding.nonce, CHALLENGE_TYP)
  if ("detail" in read) return no(`nonce is no challenge of this deployment (${read.detail})`)
  const shaped = readShape(challenge, read.payload)
  if (!("value" in shaped)) return no(`nonce: ${shaped[0]!.path.join(".")} ${shaped[0]!.message}`)
  const { iss, sub, aud: domain, iat, exp, key } = shaped.value
  if (!challengers.some((did) => keyIdOfDid(did) === keyIdOfDid(iss)))
    return no("nonce is a challenge of somebody whom the bundle in force does not name")
  if (sub !== holder) return no(`nonce is a challenge for ${sub}`)
  if (domain !== trustDomain) return no(`nonce is a challenge of ${domain}`)
  if (key !== binding.hash) return no("nonce is a challenge for another presentation: its key must be sd_hash")
  if (exp - iat > MAX_CHALLENGE_S) return no(`nonce runs longer than ${MAX_CHALLENGE_S} s`)
  const forged = checkSignature(read.jws, iss)
  if (forged !== null) return no(`nonce: ${forged.detail}`)
  const foreign = whyNotHolders(binding, holder)
  if (foreign !== null) return no(foreign)
  if (binding.issued > time + SKEW_MS || binding.issued < (iat - 60) * 1_000)
    return no("iat lies before its challenge, or ahead")
  return time < exp * 1_000
    ? null
    : { isLate: true, detail: `key binding: its challenge ended ${new Date(exp * 1_000).toISOString()}` }
}
