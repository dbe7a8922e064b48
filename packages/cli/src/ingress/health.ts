/** Health of an adapter, on loopback where no other address is named. It tells no secret, so no right is asked for. */
import { healthRoutes, type Route, type RunningServer, startServer } from "@assay/ingress"
import type { Metrics } from "@assay/telemetry"
import { complainOf } from "../output.ts"

/** @param host the address it is served at. @param status what `GET /v1/ingress` answers. @param notReady why it does not do its work, or null */
export const serveHealth = (
  { host, port }: { readonly host: string; readonly port: number },
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
    host,
    port,
    access: { tokens: [], certificates: [], open: false },
    routes: [shown, ...healthRoutes({ metrics, notReady })],
    onRefused: () => metrics.refuse(),
    onProblem: (cause) => complainOf("health", cause),
  })
}
