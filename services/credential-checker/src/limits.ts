/** Limits of credential-checker, fixed in code, and what the stage needs from outside. No setting changes them. */
import type { VerifyJob } from "@assay/jose/verify"

export interface CredentialLimits {
  /** States of devices whose admission has not come round yet. */
  readonly maxStrangers: number
  /** Verified credentials kept in memory, so that a device that shows one again costs no signature. */
  readonly maxVerified: number
}

export const DEFAULT_LIMITS: CredentialLimits = { maxStrangers: 10_000, maxVerified: 16_384 }

/** What the stage needs from outside. */
export interface CredentialPorts {
  /** One `Verification` of `@assay/jose` per job, in order, for example `VerifyPool.verifyBatch`. */
  readonly verify: (jobs: ReadonlyArray<VerifyJob>) => Promise<Uint8Array>
}
