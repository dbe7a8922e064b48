export { logContract } from "./contract.ts"
export { keysOf, numbered, readAll, record } from "./subject.ts"
