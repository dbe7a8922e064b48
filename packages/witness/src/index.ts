export { type CosignedLog, startCosigning, type Witnesses } from "./client/cosigning.ts"
