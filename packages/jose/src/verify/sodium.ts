/** libsodium's Ed25519, from the optional dependency `sodium-native`. */
import { createRequire } from "node:module"
import type { VerifyEd25519 } from "./backend.ts"

interface SodiumNative {
  crypto_sign_verify_detached(signature: Uint8Array, input: Uint8Array, publicKey: Uint8Array): boolean
}

/**
 * Loads the native module. It verifies from the key's 32 bytes: nothing is imported, so nothing needs to be remembered.
 * @throws where the module is not installed, or has no binary for this platform (it has none for musl)
 */
export const loadSodium = (): VerifyEd25519 => {
  const sodium = createRequire(import.meta.url)("sodium-native") as SodiumNative
  return (publicKey, input, signature) => sodium.crypto_sign_verify_detached(signature, input, publicKey)
}
