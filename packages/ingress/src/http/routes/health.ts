/** `/livez`, `/readyz`, `/metrics`: for whoever keeps the process running. Nobody needs a right for them. */
import { type Metrics, sharedScrape } from "@assay/telemetry"
import type { Route } from "../route.ts"

export interface HealthOptions {
  readonly metrics: Pick<Metrics, "scrape">
  /** Why the node is not ready, or null. */
  readonly notReady: () => string | null
  /** Why nothing can be verified though the node works, or null: knowledge in force has expired. */
  readonly lapsed?: () => string | null
}

export const healthRoutes = ({ metrics, notReady, lapsed }: HealthOptions): ReadonlyArray<Route> => {
  const scrape = sharedScrape(() => metrics.scrape())
  return [
    {
      method: "GET",
      path: "/livez",
      doc: { summary: "Whether the process is alive", answers: { 200: "It is" } },
      right: null,
      isProbe: true,
      handle: () => ({ status: 200, body: { status: "alive" } }),
    },
    {
      method: "GET",
      path: "/readyz",
      doc: { summary: "Whether the node does its work", answers: { 200: "It does", 503: "It does not: `reason`" } },
      right: null,
      isProbe: true,
      handle: () => {
        const reason = notReady()
        if (reason !== null) return { status: 503, body: { status: "not ready", reason } }
        const lapse = lapsed?.() ?? null
        // The code tells whoever activates the next version that it need not wait.
        if (lapse !== null)
          return { status: 503, body: { status: "not ready", code: "knowledge.expired", reason: lapse } }
        return { status: 200, body: { status: "ready" } }
      },
    },
    {
      method: "GET",
      path: "/metrics",
      doc: {
        summary: "Counters in the format of Prometheus",
        gives: "text/plain; version=0.0.4",
        answers: { 200: "All of them" },
      },
      right: null,
      handle: async () => ({ status: 200, type: "text/plain; version=0.0.4", body: await scrape() }),
    },
  ]
}
