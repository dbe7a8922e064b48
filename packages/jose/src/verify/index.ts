export { type Backend, chooseBackend, type VerifyEd25519, type WantedBackend } from "./backend.ts"
export { type InPlaceOptions, keysIn, verifierInPlace } from "./in-place.ts"
export { ERROR, INVALID, importKey, VALID, verifyImported, verifyNow, WEAK_KEY } from "./in-thread.ts"
export type { VerifyJob } from "./job-buffer.ts"
