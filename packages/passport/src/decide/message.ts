/** A message of a peer (`m2m-message+jwt`), opened by the key that its passport names: the same bytes the pipeline judges later. */
import { toBase64 } from "../bytes/bytes.ts"
import { count, oneOf, text } from "../bytes/check.ts"
import type { JsonObject } from "../bytes/json.ts"
import { kidOf } from "../key/did.ts"
import { sha256, verify } from "../key/verify.ts"
import { type Refused, refuse } from "../reason.ts"
import { readJws } from "../token/jws.ts"
import { keyOf, type Passport } from "../token/open.ts"
import { ACTS, type Act } from "../token/passport.ts"

const MESSAGE_TYP = "m2m-message+jwt"
const MAX_MESSAGE_BYTES = 65_536

/** Its place in the sequence of its device: boot epoch, then counter. */
export interface Position {
  readonly epo: number
  readonly seq: number
}

/** Claims of a message, as far as they decide. What it carries besides is for whoever acts upon it. */
export interface MessageClaims extends Position, JsonObject {
  readonly iss: string
  readonly aud: string
  /** Seconds since 1970, by the peer's clock. */
  readonly iat: number
  readonly act: Act
  readonly epo: number
  readonly seq: number
}

export interface Message {
  readonly claims: MessageClaims
  /** Thumbprint of the key that signed it. */
  readonly jkt: string
  /** base64url SHA-256 of the signing input: by this the next message, and a report, name it. */
  readonly digest: string
}

const isOne = (claims: JsonObject): claims is MessageClaims =>
  [claims["iss"], claims["aud"]].every(text(1_024)) &&
  [claims["iat"], claims["epo"], claims["seq"]].every(count()) &&
  oneOf(ACTS)(claims["act"])

/** @returns `message.*` where it is refused */
export const openMessage = async (bytes: Uint8Array, passport: Passport): Promise<Message | Refused> => {
  const token = bytes.length > MAX_MESSAGE_BYTES ? null : readJws(bytes, MESSAGE_TYP)
  if (token === null) return refuse("message.malformed", "token")
  const { claims, input } = token
  if (!isOne(claims)) return refuse("message.malformed", "claims")
  const { iss } = claims
  const key = keyOf(passport)
  // What a document calls the key, no passport says: the signature tells which one it is.
  const isNamed = passport.cnf.kid ? `${token.kid}`.startsWith(`${iss}#`) : token.kid === kidOf(iss)
  if (iss !== passport.sub || key === null || !isNamed) return refuse("message.key_mismatch", iss)
  if (!(await verify(key, token))) return refuse("message.signature_invalid", iss)
  return { claims, jkt: passport.cnf.jkt, digest: toBase64(await sha256(input)) }
}
