export { didYouMean } from "./did-you-mean.ts"
export { type Environment, layBeneath, processEnvironment, textOf, withoutSettings } from "./environment.ts"
export { ConfigurationError } from "./error.ts"
export { EXIT, type ExitCode, exitCodeOf } from "./exit.ts"
export { DEFAULT_DATA_DIR } from "./list/http.ts"
export {
  ANCHOR,
  COMMAND,
  EGRESS,
  HTTP,
  KAFKA,
  KAFKA_SCRIPT,
  LOG,
  MQTT,
  MQTT_SCRIPT,
  NODE,
  ONEM2M,
  ONEM2M_SCRIPT,
  READ_MODEL,
  REDIS_SCRIPT,
  REGISTRY,
  REGISTRY_SCRIPT,
  SCRIPT_SETTINGS,
  SETTINGS,
  TELEMETRY,
  TOPOLOGIES,
} from "./list/index.ts"
export { secretInFile } from "./secret-file.ts"
export { expectedOf, fileKeyOf, fits, isSecret, type Part, type Setting } from "./setting.ts"
export { refuseUnknownKafkaSettings, refuseUnknownSettings } from "./unknown-setting.ts"
