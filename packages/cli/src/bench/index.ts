export { type BenchFleet, benchFleet, type Prepared } from "./fleet.ts"
export { sumOfTimes, THREAD_KINDS, type ThreadTimes, threadTimes, usPerMessage } from "./thread-times.ts"
export { type VerifyOnly, verifyOnly } from "./verify.ts"
