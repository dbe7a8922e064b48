/** Compact JWS (RFC 7515 section 7.1), strict: one type, one signer, no header that chooses a key or changes the reading. */
import { fromBase64, fromUtf8, toUtf8 } from "../bytes/bytes.ts"
import { type JsonObject, readJson } from "../bytes/json.ts"
import type { Signed } from "../key/verify.ts"

export interface Jws extends Signed {
  readonly kid: unknown
  readonly claims: JsonObject
}

const HEADER = ["alg", "kid", "typ", "cty"]

/** The parts, not verified yet; or null where it is no such token. */
export const readJws = (bytes: Uint8Array, typ: string): Jws | null => {
  const texts = (fromUtf8(bytes) ?? "").split(".")
  const [head, payload, signature] = texts.map(fromBase64)
  const header = head ? readJson(head) : null
  const claims = payload ? readJson(payload) : null
  if (texts.length !== 3 || !signature || header === null || claims === null || header["typ"] !== typ) return null
  if (Object.keys(header).some((member) => !HEADER.includes(member))) return null
  const { alg, kid } = header
  return { alg, kid, claims, input: toUtf8(`${texts[0]}.${texts[1]}`), signature }
}
