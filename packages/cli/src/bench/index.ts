export { type BenchFleet, benchFleet, type Prepared } from "./fleet.ts"
export { type VerifyOnly, verifyOnly } from "./verify.ts"
