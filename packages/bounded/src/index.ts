export { TokenBucket } from "./bucket.ts"
export { Lru } from "./lru.ts"
