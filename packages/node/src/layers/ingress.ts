/** Ingress: the HTTP server of a node. The last to open and the first to close: then the batches in hand are finished. */
import {
  healthRoutes,
  makeIngress,
  messagesRoute,
  openApiRoute,
  Quota,
  relayRoute,
  startServer,
  Waits,
} from "@assay/ingress"
import { NO_PRODUCER_TRACER, tracedAppend } from "@assay/telemetry"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import type { NodePlan } from "../plan.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogLoss, LogWrites } from "./log.ts"
import { Node, type NodeParts } from "./node.ts"
import { giveRoutes, Routes } from "./routes.ts"
import { Stop } from "./stop.ts"

export class Ingress extends Context.Service<Ingress, { readonly url: string | null }>()("assay/Ingress") {}

/** What metrics ask of the process, when somebody reads them. */
const observe = (
  { log, metrics, sealer, backlog, lapsed }: NodeParts,
  notReady: () => string | null,
  refusing: () => ReadonlySet<number>,
): void => {
  metrics.registry.onCollect(async () => {
    metrics.observeReady(notReady() === null && lapsed() === null)
    const refused = refusing()
    for (let partition = 0; partition < log.partitions; partition++)
      metrics.observeWritable(partition, !refused.has(partition))
    for (const { partition, unsealedAgeMs, leaves, stopped } of sealer?.seals() ?? [])
      metrics.observeSeal(partition, unsealedAgeMs / 1000, leaves, stopped)
    // Last: while brokers are away it comes late. Why is reported by /readyz and by the runners.
    metrics.observeBacklog(await backlog().catch(() => Number.NaN))
  })
}

const submission = (parts: NodeParts, { config }: NonNullable<NodePlan["http"]>) => {
  const { log, metrics, telemetry, backlog } = parts
  const ingress = makeIngress({
    log,
    quota: new Quota(config.quotaPerSecond, config.quotaPerSecond),
    maxBacklog: config.maxBacklog,
    backlog,
    onAccepted: (count) => metrics.accepted(count),
    append: tracedAppend(log, telemetry?.producer ?? NO_PRODUCER_TRACER, metrics),
  })
  return [messagesRoute(ingress, new Waits(log)), relayRoute(ingress)]
}

export const ingressLayer = Layer.effect(
  Ingress,
  Effect.gen(function* () {
    const { http } = yield* Config
    const parts = yield* Node
    const { emit } = yield* Events
    const { release } = yield* Stop
    if (http === null) return { url: null }
    const loss = yield* LogLoss
    const { refusing } = yield* LogWrites
    let draining = false
    // Who asks while it ends because it cannot go on hears why.
    const notReady = (): string | null => loss.lost()?.message ?? (draining ? "draining" : parts.notReady())
    for (const message of http.plan.warnings) emit({ code: "http.plain", message })
    observe(parts, notReady, refusing)
    yield* giveRoutes("submission", submission(parts, http))
    yield* giveRoutes("health", healthRoutes({ metrics: parts.metrics, notReady, lapsed: parts.lapsed }))
    const table = yield* Routes
    yield* giveRoutes("the description", [openApiRoute(() => table.all())])
    const routes = table.all()
    const start = () =>
      startServer({
        host: http.config.httpHost,
        port: http.config.httpPort,
        access: http.plan.access,
        routes,
        tls: http.plan.tls,
        onRefused: () => parts.metrics.refuse(),
        onProblem: (cause) => emit({ code: "http.failed", message: "a request failed", cause }),
      })
    const server = yield* Effect.acquireRelease(attempt(start), (running) => release("HTTP", () => running.close()))
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        draining = true
        emit({
          code: "node.stopping",
          message: "stopping: no new messages are taken, the batches in hand are finished",
        })
      }),
    )
    emit({ code: "node.listening", message: `listens at ${server.url}`, details: { url: server.url } })
    return { url: server.url }
  }),
)
