/** Every setting that there is. */
import type { Setting } from "../setting.ts"
import { ANCHOR } from "./anchor.ts"
import { EGRESS } from "./egress.ts"
import { COMMAND, HTTP, READ_MODEL, TELEMETRY } from "./http.ts"
import { KAFKA, LOG, REGISTRY } from "./log.ts"
import { MQTT } from "./mqtt.ts"
import { NODE } from "./node.ts"
import { ONEM2M } from "./onem2m.ts"
import { KAFKA_SCRIPT, MQTT_SCRIPT, ONEM2M_SCRIPT, REDIS_SCRIPT, REGISTRY_SCRIPT } from "./scripts.ts"

export { ANCHOR } from "./anchor.ts"
export { EGRESS } from "./egress.ts"
export { COMMAND, HTTP, READ_MODEL, TELEMETRY } from "./http.ts"
export { KAFKA, LOG, REGISTRY } from "./log.ts"
export { MQTT } from "./mqtt.ts"
export { NODE, TOPOLOGIES } from "./node.ts"
export { ONEM2M } from "./onem2m.ts"
export { KAFKA_SCRIPT, MQTT_SCRIPT, ONEM2M_SCRIPT, REDIS_SCRIPT, REGISTRY_SCRIPT } from "./scripts.ts"

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
  MQTT,
  ONEM2M,
  ANCHOR,
  COMMAND,
].flatMap((part) => Object.values(part))

/** Settings of the scripts of infra/, which no node reads. */
export const SCRIPT_SETTINGS: ReadonlyArray<Setting<unknown>> = [
  KAFKA_SCRIPT,
  REGISTRY_SCRIPT,
  REDIS_SCRIPT,
  MQTT_SCRIPT,
  ONEM2M_SCRIPT,
].flatMap((script) => Object.values(script))
