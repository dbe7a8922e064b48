/** Verification with a bounded memory of imported keys; one per thread. */
import type { KeyObject } from "node:crypto"
import { Lru } from "@assay/bounded"
import {
  INVALID,
  importKey,
  isWellFormedSignature,
  VALID,
  type Verification,
  verifyImported,
  verifyNow,
} from "./in-thread.ts"
import type { VerifyJob } from "./job-buffer.ts"

/**
 * A verifier that remembers `capacity` keys. A key is imported at its second sight only: a verification straight from DER
 * costs 20 us more than one with an imported key, an import 30 to 65 us, so keys that come once are not worth importing.
 */
export const cachedVerifier = (capacity: number): ((job: VerifyJob) => Verification) => {
  const keys = new Lru<KeyObject | "seen">(capacity)
  return (job) => {
    const id = Buffer.from(job.publicKey.buffer, job.publicKey.byteOffset, job.publicKey.byteLength).toString("latin1")
    let key = keys.get(id)
    if (key === undefined) {
      const found = verifyNow(job, job.signingInput, job.signature)
      // Only a key that has signed something is remembered, so that junk cannot push out the keys of real devices.
      if (found === VALID) keys.set(id, "seen")
      return found
    }
    if (key === "seen") {
      const imported = importKey(job)
      if (imported === null) return verifyNow(job, job.signingInput, job.signature)
      keys.set(id, imported)
      key = imported
    }
    if (!isWellFormedSignature(job.alg, job.signature)) return INVALID
    return verifyImported(job.alg, key, job.signingInput, job.signature) ? VALID : INVALID
  }
}
