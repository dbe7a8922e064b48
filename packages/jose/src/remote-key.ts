/** A private key that is not here: in a token, at a service. What it signs is asked for (`packages/signing` has such keys). */
import type { Algorithm } from "@assay/did"

export interface RemoteKey {
  /** did:key or did:jwk. */
  readonly did: string
  readonly alg: Algorithm
  /** 64 bytes over `input` itself. @throws where the key cannot be reached */
  sign(input: Uint8Array): Promise<Uint8Array>
}
