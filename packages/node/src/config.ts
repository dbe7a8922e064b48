/** The configuration of a node, from the environment. Everything is checked before anything starts; an error names its key. */

import { ConfigurationError, EGRESS, HTTP, NODE, READ_MODEL, refuseUnknownSettings, TELEMETRY } from "@assay/settings"
import { type Environment, readSettings, type Values } from "@assay/settings/read"
import { type LogConfiguration, readLogConfiguration } from "./log/config.ts"

/** Every setting that a node reads beside those of its log. */
const OF_NODES = { ...NODE, ...HTTP, ...TELEMETRY, ...READ_MODEL, ...EGRESS } as const

export type NodeConfiguration = Values<typeof OF_NODES> & LogConfiguration

/** @throws ConfigurationError, LogSetupError: either names the key */
export const readConfiguration = (environment: Environment): NodeConfiguration => {
  refuseUnknownSettings(environment)
  const node = readSettings(OF_NODES, environment)
  const { otlpEndpoint } = node
  if (otlpEndpoint !== null && !/^https?:/.test(URL.parse(otlpEndpoint)?.protocol ?? "")) {
    throw new ConfigurationError(
      `configuration: ${TELEMETRY.otlpEndpoint.key} is ${JSON.stringify(otlpEndpoint)}: expected an http or https URL`,
    )
  }
  return { ...node, ...readLogConfiguration(environment) }
}
