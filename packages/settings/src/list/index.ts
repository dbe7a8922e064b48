/** Every setting that there is, and the keys that only look like one. */
import type { Setting } from "../setting.ts"
import { EGRESS } from "./egress.ts"
import { COMMAND, HTTP, READ_MODEL, TELEMETRY } from "./http.ts"
import { KAFKA, LOG, REGISTRY } from "./log.ts"
import { NODE } from "./node.ts"

export { EGRESS } from "./egress.ts"
export { COMMAND, HTTP, READ_MODEL, TELEMETRY } from "./http.ts"
export { KAFKA, LOG, REGISTRY } from "./log.ts"
export { NODE } from "./node.ts"

/** All settings, in the order of the guide. */
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

/** Read by the scripts that start servers for development (infra/), and not by a node: they may be exported all the same. */
export const KEYS_OF_SCRIPTS: ReadonlySet<string> = new Set([
  ...["PORT", "DATA", "HEAP", "NODES", "CACHE"].map((name) => `ASSAY_KAFKA_${name}`),
  ...["PORT", "DATA", "HEAP", "CACHE"].map((name) => `ASSAY_REGISTRY_${name}`),
  ...["PORT", "DATA"].map((name) => `ASSAY_REDIS_${name}`),
])
