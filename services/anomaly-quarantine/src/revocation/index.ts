/** What a command that plans a revocation must know. */
export { type Ended, endedBy, type NamedCredential } from "./ended.ts"
export { type Progress, REVOCATION_ROWS } from "./progress.ts"
