/** What a command that plans a revocation must know. */
export { type Progress, REVOCATION_ROWS } from "./progress.ts"
