/** Every setting that there is. */
import type { Setting } from "../setting.ts"
import { EGRESS } from "./egress.ts"
import { COMMAND, HTTP, READ_MODEL, TELEMETRY } from "./http.ts"
import { KAFKA, LOG, REGISTRY } from "./log.ts"
import { NODE } from "./node.ts"
import { KAFKA_SCRIPT, REDIS_SCRIPT, REGISTRY_SCRIPT } from "./scripts.ts"

export { EGRESS } from "./egress.ts"
export { COMMAND, HTTP, READ_MODEL, TELEMETRY } from "./http.ts"
export { KAFKA, LOG, REGISTRY } from "./log.ts"
export { NODE, TOPOLOGIES } from "./node.ts"
export { KAFKA_SCRIPT, REDIS_SCRIPT, REGISTRY_SCRIPT } from "./scripts.ts"

/** All settings of nodes and commands, in the order of the guide. */
export const SETTINGS: ReadonlyArray<Setting<unknown>> = [
  NODE,
  LOG,
  KAFKA,
  REGISTRY,
  HTTP,
  TELEMETRY,
  READ_MODEL,
  EGRESS,
  COMMAND,
].flatMap((part) => Object.values(part))

/** Settings of the scripts of infra/, which no node reads. */
export const SCRIPT_SETTINGS: ReadonlyArray<Setting<unknown>> = [KAFKA_SCRIPT, REGISTRY_SCRIPT, REDIS_SCRIPT].flatMap(
  (script) => Object.values(script),
)
