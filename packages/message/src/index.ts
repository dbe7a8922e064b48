export { readDataValues } from "./claims/data-values.ts"
export { readEvidenceBytes, type SignedEvidence } from "./claims/evidence.ts"
export { readClaims } from "./claims/read.ts"
