/** Verification on the thread that asks, for one that does everything itself. */
import { type Backend, chooseBackend, type WantedBackend } from "./backend.ts"
import { cachedVerifier } from "./cached.ts"
import { INVALID } from "./in-thread.ts"
import { isPackable, type VerifyJob } from "./job-buffer.ts"

export interface InPlaceOptions {
  /** Imported keys that are kept. */
  readonly keys?: number
  /** `auto` where left out. */
  readonly backend?: WantedBackend
  /** Hears which backend was chosen, at the first call. */
  readonly onBackend?: (chosen: Pick<Backend, "name" | "problem">) => void
}

export const DEFAULT_KEYS = 16_384

/** Resident memory of an imported key of P-256. One of Ed25519 takes 1.1 kB, and is imported with the backend `node` alone. */
const KEY_BYTES = 2_700

/** How many imported keys so much memory holds; one at least. */
export const keysIn = (bytes: number): number => Math.max(1, Math.floor(bytes / KEY_BYTES))

/**
 * One `Verification` per job, in order, and never ERROR. The backend is chosen at the first call, so that a thread whose stages
 * verify nothing loads none.
 */
export const verifierInPlace = (options: InPlaceOptions = {}): ((jobs: ReadonlyArray<VerifyJob>) => Uint8Array) => {
  let verifyJob: ReturnType<typeof cachedVerifier> | null = null
  const chosen = (): ReturnType<typeof cachedVerifier> => {
    const { name, problem, verifyEd25519 } = chooseBackend(options.backend ?? "auto")
    options.onBackend?.({ name, problem })
    return cachedVerifier(options.keys ?? DEFAULT_KEYS, verifyEd25519)
  }
  return (jobs) => {
    verifyJob ??= chosen()
    const results = new Uint8Array(jobs.length)
    for (let n = 0; n < jobs.length; n++) {
      const job = jobs[n]!
      results[n] = isPackable(job) ? verifyJob(job) : INVALID
    }
    return results
  }
}
