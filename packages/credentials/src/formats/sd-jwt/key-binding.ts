/**
 * Key binding of an SD-JWT (RFC 9901, section 4.3): a JWT that the holder signs over what it presents. Here it answers a challenge of
 * this deployment, which was made for this very presentation: `nonce` is the token, and the token's `key` is `sd_hash`.
 */
import { createHash } from "node:crypto"
import { MAX_TOKEN_CHARS } from "@assay/attestation/challenge"
import { type PublicKey, resolveDeviceKey } from "@assay/did"
import { type CompactJws, parseCompact, parseStrictObject } from "@assay/jose"
import { base64urlSha256, formatPath, object, readShape, text } from "@assay/jose/shape"
import { VALID, verifyNow } from "@assay/jose/verify"
import { numericDate } from "../../data-model/members.ts"

const KB_TYP = "kb+jwt"

/** Not verified yet, but for `sd_hash`. */
export interface KeyBinding {
  readonly jws: CompactJws
  /** The key in `cnf`; null where the DID of the holder is its key. */
  readonly key: PublicKey | null
  readonly aud: string
  readonly nonce: string
  /** Milliseconds since 1970. */
  readonly issued: number
  /** SHA-256 of the SD-JWT as it was presented, base64url. */
  readonly hash: string
}

const shape = object({
  iat: numericDate,
  aud: text(512),
  nonce: text(MAX_TOKEN_CHARS),
  sd_hash: base64urlSha256,
})

/** @param presented the SD-JWT with its disclosures, up to and with the last tilde. Never throws */
export const readKeyBinding = (
  token: string,
  presented: string,
  key: PublicKey | null,
): KeyBinding | { readonly detail: string } => {
  const jws = parseCompact(Buffer.from(token, "utf8"), { typ: [KB_TYP], isKidOptional: true })
  if ("reason" in jws) return { detail: `key binding: ${jws.detail}` }
  const payload = parseStrictObject(jws.payload)
  if ("reason" in payload) return { detail: `key binding: ${payload.detail}` }
  const read = readShape(shape, payload.value)
  if (!("value" in read)) return { detail: `key binding: ${formatPath(read[0]!.path)} ${read[0]!.message}` }
  const { iat, aud, nonce, sd_hash } = read.value
  const hash = createHash("sha256").update(presented).digest("base64url")
  return sd_hash === hash
    ? { jws, key, aud, nonce, issued: iat * 1_000, hash }
    : { detail: "key binding: sd_hash is not that of what is presented" }
}

/** Whether its holder signed it: the key of `cnf`, or the one of the holder's DID. Some 100 us. */
export const whyNotHolders = (binding: KeyBinding, holder: string): string | null => {
  const key = binding.key ?? resolveDeviceKey(holder)
  if ("reason" in key) return "cnf.jwk is missing, and the DID of the holder is not its key"
  const { header, signingInput, signature } = binding.jws
  if (header.alg !== key.alg) return "alg is not that of the key of its holder"
  return verifyNow(key, signingInput, signature) === VALID ? null : "it does not verify under the key of its holder"
}
