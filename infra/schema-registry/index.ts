export { ensureDistribution, missingForRegistry } from "./distribution.ts"
export { type Registry, startRegistry } from "./registry.ts"
