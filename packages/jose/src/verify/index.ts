export { ERROR, INVALID, importKey, VALID, verifyImported, verifyNow, WEAK_KEY } from "./in-thread.ts"
export type { VerifyJob } from "./job-buffer.ts"
