/** Tokens of services that a bundle names by their keys: strict compact JWS whose `iss` is the DID of the key. */
import { keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { type JsonObject, parseCompact, parseStrictObject } from "@assay/jose"
import { formatPath, type Reader, readShape } from "@assay/jose/shape"
import type { VerifyJob } from "@assay/jose/verify"

export const MAX_TOKEN_CHARS = 4_096

/** Whether a signature holds. */
export type Verify = (job: VerifyJob) => boolean

/**
 * The claims of a token that one of `signers` signed, or a sentence that says why they count for nothing.
 * @param signers DIDs; none: nobody may sign such tokens
 */
export const readSigned = <Claims>(
  token: string,
  typ: string,
  shape: Reader<Claims>,
  signers: ReadonlyArray<string>,
  verify: Verify,
): Claims | string => {
  if (token.length > MAX_TOKEN_CHARS) return `is longer than ${MAX_TOKEN_CHARS} characters`
  const jws = parseCompact(Buffer.from(token, "utf8"), { typ: [typ] })
  if ("reason" in jws) return jws.detail
  const payload = parseStrictObject(jws.payload)
  if ("reason" in payload) return payload.detail
  const { iss } = payload.value as JsonObject
  if (typeof iss !== "string" || !signers.some((did) => keyIdOfDid(did) === keyIdOfDid(iss)))
    return "is signed by no key that the bundle in force names for it"
  const key = resolveDeviceKey(iss)
  if ("reason" in key || key.kid !== jws.header.kid || key.alg !== jws.header.alg)
    return "names another key than its iss"
  const read = readShape(shape, payload.value)
  if (!("value" in read)) return `${formatPath(read[0]!.path)} ${read[0]!.message}`
  const { alg, publicKey } = key
  const { signingInput, signature } = jws
  return verify({ alg, publicKey, signingInput, signature }) ? read.value : "does not verify under the key of its iss"
}
