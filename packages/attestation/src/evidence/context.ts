/** What evidence is verified under, and what it comes to. Nothing here looks at a clock or at the state of a device. */
import type { Measured } from "../appraise/measured.ts"
import type { OpenedEndorsements } from "../knowledge/endorsements.ts"
import type { Verify } from "../tokens/signed.ts"
import type { Bindings } from "../tpm2/binding.ts"
import type { EvidenceRefused } from "./reason.ts"

export interface EvidenceContext {
  /** The DID that signed the message. */
  readonly device: string
  /** The deployment. */
  readonly trustDomain: string
  /** Of the entry, milliseconds since 1970. */
  readonly time: number
  /** DIDs whose challenges and endorsements count. */
  readonly challengers: ReadonlyArray<string>
  readonly endorsers: ReadonlyArray<string>
  /** Of the device's vendor. */
  readonly endorsements: OpenedEndorsements
  readonly verify: Verify
  /** Of these very endorsements; left out: everything is verified each time. */
  readonly bindings?: Bindings
}

/** What the hardware counts, so that nothing older is taken after it; null where a format has none. */
export interface Counters {
  /** Milliseconds. */
  readonly clock: number
  readonly resets: number
  readonly restarts: number
}

/** Evidence that holds. Whether its measurements are good is another question (`appraise`). */
export interface Shown {
  /** Names the attestation key: its digest, base64url. */
  readonly key: string
  /** When its challenge was made, milliseconds since 1970. */
  readonly challengedAt: number
  readonly measured: ReadonlyArray<Measured>
  readonly counters: Counters | null
  /** When the hardware was endorsed for the device, seconds since 1970; null where its format needs no endorsement. */
  readonly endorsedAt: number | null
}

export interface VerifierOf<Body> {
  readonly format: string
  /** Reads the members of the evidence strictly. A sentence where they are not as they must be. */
  read(evidence: unknown): Body | string
  /** The attestation key by which the challenge must name it, base64url; a refusal where it cannot be read. */
  keyOf(body: Body): string | EvidenceRefused
  /**
   * @param digest SHA-256 of the challenge: what the evidence must have signed along
   * @throws MalformedError where a structure within the body is none of its kind
   */
  verify(
    body: Body,
    digest: Uint8Array,
    context: EvidenceContext,
  ): Omit<Shown, "challengedAt" | "key"> | EvidenceRefused
}
