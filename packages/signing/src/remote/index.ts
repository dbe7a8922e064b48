export { servedKey } from "./served.ts"
export { type ServedKey, type SignerServer, type SignerServerOptions, startSignerServer } from "./server.ts"
