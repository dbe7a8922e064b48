/** Hashes as did:webvh 1.0 writes them: base58btc, without a multibase letter, of a multihash of SHA-256 (0x12, 32 bytes). */
import { createHash } from "node:crypto"
import { decodeBase58, encodeBase58 } from "@assay/did"

export const DIGEST_BYTES = 32
const HEAD = Uint8Array.of(0x12, DIGEST_BYTES)

/** SHA-256 of a text in UTF-8, or of bytes. */
export const digestOf = (content: string | Uint8Array): Buffer => createHash("sha256").update(content).digest()

export const encodeMultihash = (digest: Uint8Array): string => encodeBase58(Buffer.concat([HEAD, digest]))

/** The digest of a multihash of SHA-256; null for any other text. */
export const decodeMultihash = (text: string): Uint8Array | null => {
  const bytes = decodeBase58(text)
  if (bytes === null || bytes.length !== HEAD.length + DIGEST_BYTES) return null
  return bytes[0] === HEAD[0] && bytes[1] === HEAD[1] ? bytes.subarray(HEAD.length) : null
}

export const hashOfText = (text: string): string => encodeMultihash(digestOf(text))
