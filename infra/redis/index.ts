export { findServer } from "./binary.ts"
export type { RedisOptions } from "./layout.ts"
export { type RedisServer, startRedis } from "./server.ts"
