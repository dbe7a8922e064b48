/** What a command that goes on for long shows of itself: the instruments of a node. */
import { healthRoutes, type RunningServer, startServer } from "@assay/ingress"
import type { Log } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { HTTP, processEnvironment, TELEMETRY } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { Metrics, startTelemetry } from "@assay/telemetry"
import type { Arguments, Option } from "./command.ts"
import { complain, complainOf } from "./output.ts"

export const METRICS_OPTION = {
  metrics: {
    type: "string",
    value: "PORT",
    help: "serve /metrics, /livez and /readyz on this port; 0 picks a free one",
  },
  "metrics-host": {
    type: "string",
    value: "HOST",
    default: HTTP.httpHost.fallback,
    help: "the address of --metrics; nobody is asked for a right there",
  },
} as const satisfies Readonly<Record<string, Option>>

/** The port that was asked for; null: none. @throws UsageError */
export const metricsPortOf = (given: Arguments): number | null =>
  given.text("metrics") === null ? null : given.whole("metrics", 0, 65_535)

export interface ObservedOptions {
  /** Where health and metrics are served. */
  readonly host: string
  /** Why the process does not do its work, or null: what `/readyz` answers. */
  readonly notReady?: () => string | null
}

/** `/livez`, `/readyz` and `/metrics`, which nobody needs a right for; nothing else is served. */
const serveHealth = (
  metrics: Metrics,
  port: number,
  { host, notReady = () => null }: ObservedOptions,
): Promise<RunningServer> =>
  startServer({
    host,
    port,
    access: { tokens: [], certificates: [], open: false },
    routes: healthRoutes({ metrics, notReady }),
    onRefused: () => metrics.refuse(),
    onProblem: (cause) => complainOf("metrics", cause),
  })

export interface Observed {
  readonly metrics: Metrics
  stop(): Promise<void>
}

/**
 * Metrics by HTTP where a port is named, and to OpenTelemetry where an endpoint is set.
 * @param service what OpenTelemetry calls the process @param log null where it reads none
 * @param port 0 picks a free one; null: none
 * @throws where the port is taken
 */
export const observed = async (
  service: string,
  log: Log | null,
  port: number | null,
  options: ObservedOptions,
): Promise<Observed> => {
  const engine = log?.traits.engine ?? "embedded"
  const prefix = readLogConfiguration(processEnvironment()).kafka?.prefix ?? ""
  const metrics = new Metrics({ engine, prefix })
  const { otlpEndpoint } = readSettings(TELEMETRY, processEnvironment())
  const telemetry = await startTelemetry(otlpEndpoint, metrics, { service, engine, prefix })
  let server: RunningServer | null = null
  try {
    if (port !== null) {
      server = await serveHealth(metrics, port, options)
      complain(`metrics at ${server.url}/metrics`)
    }
  } catch (cause) {
    await telemetry.stop()
    throw cause
  }
  return {
    metrics,
    stop: async () => {
      await server?.close()
      await telemetry.stop()
    },
  }
}
