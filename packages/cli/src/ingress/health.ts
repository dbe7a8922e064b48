/** Health of an adapter, on loopback: nobody but this machine needs it, so no right is asked for. */
import { accessFor, healthRoutes, type Route, type RunningServer, startServer } from "@assay/ingress"
import type { Metrics } from "@assay/telemetry"
import { complainOf } from "../output.ts"

const HOST = "127.0.0.1"

/** @param status what `GET /v1/ingress` answers. @param notReady why it does not do its work, or null */
export const serveHealth = (
  port: number,
  status: () => unknown,
  notReady: () => string | null,
  metrics: Metrics,
): Promise<RunningServer> => {
  const shown: Route = {
    method: "GET",
    path: "/v1/ingress",
    right: null,
    handle: () => ({ status: 200, body: { adapters: [status()] } }),
  }
  return startServer({
    host: HOST,
    port,
    access: accessFor(HOST, [], []),
    routes: [shown, ...healthRoutes({ metrics, notReady })],
    onRefused: () => metrics.refuse(),
    onProblem: (cause) => complainOf("health", cause),
  })
}
