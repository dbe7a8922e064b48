/**
 * The backends of Ed25519: `node` (node:crypto, always there) and `sodium` (libsodium, some three times as fast). Behind our
 * own checks of keys and signatures both accept the same set, so a verdict never depends on which one runs. A backend counts
 * only after it was seen to accept that set's edges: libsodium itself has moved between versions from comparing bytes, as
 * here, to ignoring components of small order. ES256 has one backend, node:crypto.
 */
import { FIXED_VECTORS } from "./fixed-vectors.ts"
import { loadSodium } from "./sodium.ts"

/** Whether `signature` (64 bytes, well-formed) over `input` verifies under `publicKey` (32 bytes, strong). */
export type VerifyEd25519 = (publicKey: Uint8Array, input: Uint8Array, signature: Uint8Array) => boolean

/** What may be asked for; `auto` is sodium where it works. */
export type WantedBackend = "auto" | "node"

export interface Backend {
  readonly name: "node" | "sodium"
  /** Null: with node:crypto, and a memory of imported keys. */
  readonly verifyEd25519: VerifyEd25519 | null
  /** Why it is not the faster one, in one line; null where it is, or where it was not asked for. */
  readonly problem: string | null
}

const NODE: Backend = { name: "node", verifyEd25519: null, problem: null }
const MAX_PROBLEM_CHARS = 256

const problemOf = (cause: unknown): string => {
  if ((cause as NodeJS.ErrnoException | null)?.code === "MODULE_NOT_FOUND") return "sodium-native is not installed"
  const [line] = String(cause instanceof Error ? cause.message : cause).split("\n")
  return `sodium-native does not load: ${line}`.slice(0, MAX_PROBLEM_CHARS)
}

/** The first fixed vector that `verify` answers wrongly, or null. An answer is a boolean; all else is wrong. */
export const failedVector = (verify: VerifyEd25519): string | null => {
  for (const { name, publicKey, input, signature, valid } of FIXED_VECTORS) {
    try {
      if (verify(publicKey, input, signature) !== valid) return name
    } catch (cause) {
      return `${name} (${String(cause)})`
    }
  }
  return null
}

/**
 * The backend of this thread. Synchronous; never throws. 10 to 30 ms at the first call, for loading.
 * @param load tests give others
 */
export const chooseBackend = (wanted: WantedBackend, load: () => VerifyEd25519 = loadSodium): Backend => {
  if (wanted === "node") return NODE
  let verifyEd25519: VerifyEd25519
  try {
    verifyEd25519 = load()
  } catch (cause) {
    return { ...NODE, problem: problemOf(cause) }
  }
  const failed = failedVector(verifyEd25519)
  if (failed === null) return { name: "sodium", verifyEd25519, problem: null }
  return { ...NODE, problem: `sodium-native fails its check: ${failed}`.slice(0, MAX_PROBLEM_CHARS) }
}
