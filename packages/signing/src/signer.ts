/** Whoever can sign for a DID, wherever the key lies. What signs need not be able to show the key. */
import type { Algorithm } from "@assay/did"

export interface Signer {
  /** did:key or did:jwk: names the key alone. */
  readonly did: string
  readonly alg: Algorithm
  /**
   * 64 bytes over `input` itself, not over its hash: RFC 8032 for Ed25519; r and s of ES256 (RFC 7518 section 3.4).
   * Concurrency: calls may overlap. @throws where the key cannot be reached; the same call may succeed later
   */
  sign(input: Uint8Array): Promise<Uint8Array>
}
