export {
  type LogConfiguration,
  readLogConfiguration,
} from "./config.ts"
export { openLog } from "./open.ts"
export { readRegistry, registryAccess } from "./registry.ts"
