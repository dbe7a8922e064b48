export { type SealedHead, sealedHead } from "./log-row.ts"
export { SEALER_GROUP } from "./sealer.ts"
export { originOf, saltsPath, startSealers, vkeyPath } from "./start.ts"
