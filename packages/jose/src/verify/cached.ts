/** Verification as a thread does it: by the backend it chose, with a bounded memory of imported keys. One per thread. */
import type { KeyObject } from "node:crypto"
import { Lru } from "@assay/bounded"
import { isStrongEd25519Point } from "@assay/did"
import type { VerifyEd25519 } from "./backend.ts"
import {
  INVALID,
  importKey,
  isWellFormedSignature,
  VALID,
  type Verification,
  verifyImported,
  verifyNow,
  WEAK_KEY,
} from "./in-thread.ts"
import type { VerifyJob } from "./job-buffer.ts"

/** From the key's bytes: the backend imports nothing, so nothing is remembered. */
const verifyRaw = (verify: VerifyEd25519, { publicKey, signingInput, signature }: VerifyJob): Verification => {
  if (publicKey.length !== 32 || !isStrongEd25519Point(publicKey)) return WEAK_KEY
  if (!isWellFormedSignature("Ed25519", signature)) return INVALID
  return verify(publicKey, signingInput, signature) ? VALID : INVALID
}

/**
 * A verifier that remembers `capacity` keys. A key is imported at its second sight only: a verification straight from DER
 * costs 20 us more than one with an imported key, an import 30 to 65 us, so keys that come once are not worth importing.
 *
 * @param verifyEd25519 of the chosen `Backend`; null: with node:crypto and the memory of keys, as ES256 always is
 */
export const cachedVerifier = (
  capacity: number,
  verifyEd25519: VerifyEd25519 | null = null,
): ((job: VerifyJob) => Verification) => {
  const keys = new Lru<KeyObject | "seen">(capacity)
  return (job) => {
    if (verifyEd25519 !== null && job.alg === "Ed25519") return verifyRaw(verifyEd25519, job)
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
