/**
 * The protocol of a remote signer, for whoever puts a cloud KMS or an HSM of its own behind it (docs/guides/keys.md):
 *
 *     GET  <key>       200 {"did": "did:key:...", "alg": "Ed25519" | "ES256"}
 *     POST <key>/sign  {"message": base64}  of Ed25519: what is signed, whole (RFC 8032)
 *                      {"digest": base64}   of ES256: its SHA-256, 32 bytes
 *                      200 {"signature": base64 of 64 bytes}, r and s of ES256 (RFC 7518 section 3.4)
 *     otherwise        {"error": a sentence}: 401 and 403 who asks, 404 no such key, 413 too large, 429 and 503 try again
 */
import type { Algorithm } from "@assay/did"

/** Longest message that is signed. A KMS may take less: then it answers 413. */
export const MAX_MESSAGE_BYTES = 1 << 20
/** Longest answer that is read. */
export const MAX_ANSWER_BYTES = 8_192
/** Longest body of a call: a message in base64, and its name. */
export const MAX_BODY_BYTES = Math.ceil(MAX_MESSAGE_BYTES / 3) * 4 + 64
export const SIGNATURE_BYTES = 64

export interface KeyAnswer {
  readonly did: string
  readonly alg: Algorithm
}

export type SignCall = { readonly message: string } | { readonly digest: string }

/** base64 in its one form; null for any other text. */
export const bytesOf = (text: unknown): Buffer | null => {
  if (typeof text !== "string") return null
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? bytes : null
}
