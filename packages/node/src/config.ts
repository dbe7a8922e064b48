/** The configuration of a node, from the environment. Everything is checked before anything starts; an error names its key. */

import {
  ConfigurationError,
  EGRESS,
  HTTP,
  KEYS_OF_SCRIPTS,
  NODE,
  READ_MODEL,
  SETTINGS,
  TELEMETRY,
} from "@assay/settings"
import { type Environment, readSettings, type Values } from "@assay/settings/read"
import { type LogConfiguration, readLogConfiguration } from "./log/config.ts"

/** Every setting that a node reads beside those of its log. */
const OF_NODES = { ...NODE, ...HTTP, ...TELEMETRY, ...READ_MODEL, ...EGRESS } as const

export type NodeConfiguration = Values<typeof OF_NODES> & LogConfiguration

/** Keys of the environment that begin like ours; some are those of commands, and let alone. */
const KEYS: ReadonlySet<string> = new Set(SETTINGS.map(({ key }) => key).filter((key) => key.startsWith("ASSAY_")))

/** @throws ConfigurationError, LogSetupError: either names the key */
export const readConfiguration = (environment: Environment): NodeConfiguration => {
  for (const [key, value] of Object.entries(environment)) {
    // A mistyped key would silently leave its default in force: ASSAY_HTTP_TOKEN, say, and no token is asked for.
    if (value !== undefined && key.startsWith("ASSAY_") && !KEYS.has(key) && !KEYS_OF_SCRIPTS.has(key))
      throw new ConfigurationError(`configuration: ${key} is no key of a node; they are ${[...KEYS].join(", ")}`)
  }
  const node = readSettings(OF_NODES, environment)
  const { otlpEndpoint } = node
  if (otlpEndpoint !== null && !/^https?:/.test(URL.parse(otlpEndpoint)?.protocol ?? "")) {
    throw new ConfigurationError(
      `configuration: ${TELEMETRY.otlpEndpoint.key} is ${JSON.stringify(otlpEndpoint)}: expected an http or https URL`,
    )
  }
  return { ...node, ...readLogConfiguration(environment) }
}
