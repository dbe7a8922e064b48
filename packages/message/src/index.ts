export { readDataValues } from "./claims/data-values.ts"
export { readClaims } from "./claims/read.ts"
