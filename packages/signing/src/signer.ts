/** Whoever can sign for a DID, wherever the key lies. What signs need not be able to show the key. */
import type { RemoteKey } from "@assay/jose"

export interface Signer extends RemoteKey {
  /**
   * 64 bytes over `input` itself, not over its hash: RFC 8032 for Ed25519; r and s of ES256 (RFC 7518 section 3.4).
   * Concurrency: calls may overlap. @throws where the key cannot be reached; the same call may succeed later
   */
  sign(input: Uint8Array): Promise<Uint8Array>
}

/** A signer that holds a session, a thread or connections. */
export interface OpenSigner extends Signer {
  /** Whoever opened it closes it. Calls that are under way are refused. */
  close(): Promise<void>
}

/** A key cannot be opened or asked as it was referred to: what is wrong, and what to change. Not for the same call again. */
export class KeyError extends Error {
  readonly _tag = "KeyError"
  override name = "KeyError"
}

/** The key is out of reach for now: the same call may succeed later. */
export class KeyUnreachableError extends Error {
  readonly _tag = "KeyUnreachableError"
  override name = "KeyUnreachableError"
}
