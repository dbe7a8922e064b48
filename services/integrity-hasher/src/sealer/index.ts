export { type SealedHead, sealedHead } from "./log-row.ts"
export { originOf, saltsPath, vkeyPath } from "./origin.ts"
export { SEALER_GROUP } from "./sealer.ts"
export { startSealers } from "./start.ts"
