export { findAcme } from "./binary.ts"
export { type AcmeOptions, ADMIN, CSE_BASE } from "./layout.ts"
export { type AcmeServer, startAcme } from "./server.ts"
