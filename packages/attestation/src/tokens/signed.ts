/** Tokens of services that a bundle names by their keys: strict compact JWS whose `iss` is the DID of the key. */
import { keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { type JsonObject, parseCompact, parseStrictObject } from "@assay/jose"
import { formatPath, integer, number, type Reader, readShape, text } from "@assay/jose/shape"
import { VALID, type VerifyJob, verifyNow } from "@assay/jose/verify"

export const MAX_TOKEN_CHARS = 4_096

/** Whether a signature holds. */
export type Verify = (job: VerifyJob) => boolean

/** On the spot, and without a memory of keys. */
export const verifyOnce: Verify = (job) => verifyNow(job, job.signingInput, job.signature) === VALID

/** What every token says. */
export interface TokenClaims {
  readonly iss: string
  /** The device. */
  readonly sub: string
  /** The deployment: its trust domain. */
  readonly aud: string
  /** Seconds since 1970; `iat` may have milliseconds. */
  readonly iat: number
  readonly exp: number
}

/** Readers of these members. */
export const TOKEN_MEMBERS = {
  iss: text(1_024),
  sub: text(2_048),
  aud: text(512),
  iat: number(0, 2 ** 40),
  exp: integer(),
} as const

/** Names and hashes in tokens. */
export const base64urlText = (max: number): Reader<string> => text(max, /^[A-Za-z0-9_-]+$/, "base64url")

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
