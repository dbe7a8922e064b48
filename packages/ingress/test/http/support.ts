/** A real server over a real log: rig.log, fresh for each test: what the tests of the HTTP server share. */
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { OpenContext } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { Metrics } from "@assay/telemetry"
import { afterAll, beforeAll, beforeEach } from "vitest"
import { type Ingress, makeIngress } from "../../src/core/ingress.ts"
import { Quota } from "../../src/core/quota.ts"
import { accessFor, parseTokens } from "../../src/http/access.ts"
import type { Route } from "../../src/http/route.ts"
import { messagesRoute } from "../../src/http/routes/messages.ts"
import { relayRoute } from "../../src/http/routes/relay.ts"
import { type RunningServer, startServer } from "../../src/http/server.ts"
import { Waits } from "../../src/http/wait.ts"
import { nodeRoutes } from "./routes.ts"

export const RIGHTS = { gateway: "submit", reader: "read", admin: "admin", adapter: "relay" } as const
export type Caller = keyof typeof RIGHTS
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")
const TOKENS = parseTokens(
  Object.entries(RIGHTS)
    .map(([name, right]) => `${name}:${right}:${sha256(`${name}-secret`)}`)
    // Who may also hear why.
    .concat(`explainer:submit+read:${sha256("explainer-secret")}`)
    .join(","),
)
export const as = (caller: Caller): Record<string, string> => ({ authorization: `Bearer ${caller}-secret` })
export const NDJSON = { "content-type": "application/x-ndjson" }
export const PER_SECOND = 1_000
export const MAX_BACKLOG = 100

/** What the test at hand has, and may set: `backlog` and `notReady` are what the node would say. */
export const rig = {} as {
  log: Log
  server: RunningServer
  metrics: Metrics
  backlog: number
  notReady: string | null
  authority: OpenContext | null
}

const ingress = (): Ingress =>
  makeIngress({
    log: rig.log,
    quota: new Quota(PER_SECOND, PER_SECOND),
    maxBacklog: MAX_BACKLOG,
    backlog: async () => rig.backlog,
    onAccepted: (count) => {
      rig.metrics.accepted(count)
    },
  })
export const routes = (one = ingress()): ReadonlyArray<Route> => [
  messagesRoute(one, new Waits(rig.log)),
  relayRoute(one),
  ...nodeRoutes({
    log: rig.log,
    metrics: rig.metrics,
    states: async () => ({}),
    notReady: () => rig.notReady,
    authority: () => rig.authority,
  }),
]
export const start = (open: boolean): Promise<RunningServer> =>
  startServer({
    host: "127.0.0.1",
    port: 0,
    access: accessFor("127.0.0.1", open ? [] : TOKENS, []),
    routes: routes(),
    onRefused: () => rig.metrics.refuse(),
  })
export const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(new URL(path, rig.server.url), init)
export const post = (path: string, body: string | Buffer, headers: Record<string, string>): Promise<Response> =>
  call(path, {
    method: "POST",
    body: typeof body === "string" ? body : new Uint8Array(body),
    headers: { "content-type": "application/jose", ...headers },
  })
export const submitted = async (): Promise<number> => {
  let count = 0
  for (let partition = 0; partition < rig.log.partitions; partition++)
    count += (await rig.log.bounds({ stream: STREAMS.submitted, partition })).end
  return count
}

/** Call once at the top of a test file. */
export const useIngress = (): void => {
  let dir = ""
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "assay-http-"))
    rig.log = await openEmbedded({ dir, partitions: 2 })
  })
  afterAll(async () => {
    await rig.log.close()
    rmSync(dir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    rig.metrics = new Metrics()
    rig.metrics.registry.onCollect(() => rig.metrics.observeBacklog(rig.backlog))
    rig.backlog = 0
    rig.notReady = null
    rig.authority = null
    rig.server = await start(false)
    return () => rig.server.close()
  })
}
