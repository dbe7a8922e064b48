export type { VerifyJob } from "./layout.ts"
export { ERROR, INVALID, importKey, VALID, verifyImported, verifyNow, WEAK_KEY } from "./now.ts"
