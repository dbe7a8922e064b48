export { findMosquitto } from "./binary.ts"
export { ADAPTER, type MosquittoOptions } from "./layout.ts"
export { type MosquittoServer, startMosquitto } from "./server.ts"
