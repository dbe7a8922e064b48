export {
  type LogConfiguration,
  readLogConfiguration,
} from "./config.ts"
export { guardEpoch } from "./epoch-guard.ts"
export { copyKeptSchemas, openDirectory, writeKeptSchemas } from "./kept-schemas.ts"
export { type OpenLogOptions, openLog } from "./open.ts"
export { readRegistry, registryAccess } from "./registry.ts"
