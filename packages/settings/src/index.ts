export { ConfigurationError } from "./error.ts"
export { EXIT, type ExitCode, exitCodeOf } from "./exit.ts"
export {
  COMMAND,
  EGRESS,
  HTTP,
  KAFKA,
  KEYS_OF_SCRIPTS,
  LOG,
  NODE,
  READ_MODEL,
  REGISTRY,
  SETTINGS,
  TELEMETRY,
} from "./list/index.ts"
export type { Part, Setting } from "./setting.ts"
