export { type Pauses, pauseMs } from "./backoff.ts"
export { TokenBucket } from "./bucket.ts"
export { Lru } from "./lru.ts"
