/** Health, metrics, reading and administration. What changes anything is only ever an entry in the log. */

import { MAX_BODY_BYTES, publishKnowledge, type StageRunner, submitControl } from "@assay/engine"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Metrics } from "@assay/telemetry"
import type { AnyStage, Origin } from "@assay/trust"
import { type DeviceModel, deviceRoute } from "./devices.ts"
import { auditEnds, type ControlOutcome, outcomesOf } from "./outcome.ts"
import { RequestError, readBody } from "./request.ts"
import type { Answer, Route } from "./server.ts"

const MAX_CONTROL = 64 << 10
const MAX_TOKENS = 8
/** A control entry is usually decided within milliseconds; a caller waits no longer than this, unless it asks for more. */
const OUTCOME_S = 10
/** Below the five minutes after which common clients and proxies give up on an answer. */
const MAX_WAIT_S = 240

/** How long the caller is ready to wait for the outcome: `Prefer: wait=SECONDS` (RFC 7240, section 4.3). */
const waitMsOf = (prefer: string | ReadonlyArray<string> | undefined): number => {
  const [, seconds] = /(?:^|,)\s*wait=(\d{1,9})\s*(?:[,;]|$)/i.exec([prefer ?? ""].flat().join(",")) ?? []
  return Math.min(seconds === undefined ? OUTCOME_S : Number(seconds), MAX_WAIT_S) * 1_000
}

export interface RoutesOptions {
  readonly log: Log
  readonly metrics: Metrics
  readonly runners: () => ReadonlyArray<StageRunner>
  /** Why the node is not ready, or null. */
  readonly notReady: () => string | null
  /** What the deciding stage shows of a device's state, for people; null where it has none. */
  readonly describe: (stage: AnyStage, state: unknown) => unknown
  /** The shared read model, where there is one. */
  readonly model?: DeviceModel | null
}

const healthRoutes = (options: RoutesOptions): ReadonlyArray<Route> => [
  { method: "GET", path: /^\/livez$/, right: null, handle: () => ({ status: 200, body: { status: "alive" } }) },
  {
    method: "GET",
    path: /^\/readyz$/,
    right: null,
    handle: () => {
      const reason = options.notReady()
      return reason === null
        ? { status: 200, body: { status: "ready" } }
        : { status: 503, body: { status: "not ready", reason } }
    },
  },
  {
    method: "GET",
    path: /^\/metrics$/,
    right: null,
    handle: async () => ({
      status: 200,
      type: "text/plain; version=0.0.4",
      body: await options.metrics.scrape(),
    }),
  },
]

const controlRoute = (options: RoutesOptions): Route => ({
  method: "POST",
  path: /^\/v1\/admin\/control$/,
  right: "admin",
  role: "operator",
  handle: async ({ request }) => {
    const body = await readBody(request, MAX_CONTROL)
    const tokens = tokensOf(body)
    if (tokens === null)
      throw new RequestError(400, "control.malformed", `send {"tokens": [compact JWS, ...]}, at most ${MAX_TOKENS}`)
    // Every partition judges it; only the target's own can find the target.
    return decided(
      options.log,
      (outcomes) => outcomes.some((outcome) => outcome.accepted),
      async () => ({
        origins: await submitControl(options.log, tokens),
      }),
      waitMsOf(request.headers["prefer"]),
    )
  },
})

/**
 * Sends, then waits for the outcomes. 200 with `accepted` where all partitions have judged, else 202: the entries are
 * durable, and the audit stream will tell.
 */
const decided = async (
  log: Log,
  accepted: (outcomes: ReadonlyArray<ControlOutcome>) => boolean,
  send: () => Promise<{ readonly origins: ReadonlyArray<Origin> }>,
  waitMs: number,
): Promise<Answer> => {
  const ends = await auditEnds(log)
  const sent = await send()
  const outcomes = await outcomesOf(log, ends, sent.origins, AbortSignal.timeout(waitMs))
  const known = outcomes.filter((outcome) => outcome !== null)
  if (known.length < outcomes.length) return { status: 202, body: { ...sent, accepted: null, outcomes: known } }
  return { status: 200, body: { ...sent, accepted: accepted(known), outcomes: known } }
}

const tokensOf = (body: Buffer): ReadonlyArray<string> | null => {
  try {
    const { tokens } = JSON.parse(body.toString("utf8")) as { tokens?: unknown }
    const fine =
      Array.isArray(tokens) &&
      tokens.length > 0 &&
      tokens.length <= MAX_TOKENS &&
      tokens.every((token) => typeof token === "string")
    return fine ? (tokens as ReadonlyArray<string>) : null
  } catch {
    return null // not JSON: answered with 400 by the caller
  }
}

const knowledgeRoute = (options: RoutesOptions): Route => ({
  method: "POST",
  path: /^\/v1\/admin\/knowledge\/(bundle|policy)$/,
  right: "admin",
  role: "operator",
  handle: async ({ request, params }) => {
    const body = await readBody(request, MAX_BODY_BYTES)
    if (body.length === 0) throw new RequestError(400, "knowledge.empty", `send the signed ${params[0]} as the body`)
    return decided(
      options.log,
      (outcomes) => outcomes.every((outcome) => outcome.accepted),
      () => publishKnowledge(options.log, params[0] as "bundle" | "policy", body),
      waitMsOf(request.headers["prefer"]),
    )
  },
})

const streamsRoute = (options: RoutesOptions): Route => ({
  method: "GET",
  path: /^\/v1\/streams$/,
  right: "read",
  role: "operator",
  handle: async () => {
    const ends: Record<string, Array<number>> = {}
    for (const stream of Object.values(STREAMS)) {
      ends[stream] = []
      for (let partition = 0; partition < options.log.partitions; partition++) {
        ends[stream].push((await options.log.bounds({ stream, partition })).end)
      }
    }
    return { status: 200, body: { epoch: options.log.epoch, ends } }
  },
})

/** Everything but ingress. */
export const nodeRoutes = (options: RoutesOptions): ReadonlyArray<Route> => [
  ...healthRoutes(options),
  deviceRoute(options),
  streamsRoute(options),
  controlRoute(options),
  knowledgeRoute(options),
]
