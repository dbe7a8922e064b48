/** The routes that this package has, over what a test opened. */
import type { Route } from "../../src/http/route.ts"
import { controlRoute } from "../../src/http/routes/control.ts"
import { type DeviceRouteOptions, deviceRoute } from "../../src/http/routes/devices.ts"
import { type HealthOptions, healthRoutes } from "../../src/http/routes/health.ts"
import { knowledgeRoutes } from "../../src/http/routes/knowledge.ts"
import { streamsRoute } from "../../src/http/routes/streams.ts"

type Parts = HealthOptions &
  DeviceRouteOptions & {
    readonly log: Parameters<typeof streamsRoute>[0]
    readonly authority: Parameters<typeof knowledgeRoutes>[1]
  }

/** All but that of messages. */
export const nodeRoutes = (parts: Parts): ReadonlyArray<Route> => [
  ...healthRoutes(parts),
  deviceRoute(parts),
  streamsRoute(parts.log),
  controlRoute(parts.log),
  ...knowledgeRoutes(parts.log, parts.authority),
]
