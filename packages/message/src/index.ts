export { readClaims } from "./claims/read.ts"
