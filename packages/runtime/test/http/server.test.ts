/** The HTTP edge on a real server and a real log: rights, bounds, pressure, streams, health. */
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Log, openEmbedded, STREAMS } from "@assay/log"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { accessFor, parseTokens } from "../../src/http/access.ts"
import { messagesRoute } from "../../src/http/ingress.ts"
import { Quota } from "../../src/http/quota.ts"
import { nodeRoutes } from "../../src/http/routes.ts"
import { type RunningServer, startServer } from "../../src/http/server.ts"
import { Metrics } from "../../src/node/metrics.ts"
import { toRawEntry } from "../../src/order/entries.ts"

const RIGHTS = { gateway: "submit", reader: "read", admin: "admin" } as const
type Caller = keyof typeof RIGHTS
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")
const TOKENS = parseTokens(
  Object.entries(RIGHTS)
    .map(([name, right]) => `${name}:${right}:${sha256(`${name}-secret`)}`)
    .join(","),
)
const as = (caller: Caller): Record<string, string> => ({ authorization: `Bearer ${caller}-secret` })
const NDJSON = { "content-type": "application/x-ndjson" }
const PER_SECOND = 1_000
const MAX_BACKLOG = 100

let dir = ""
let log: Log
let server: RunningServer
let metrics: Metrics
let backlog = 0
let notReady: string | null = null

const routes = () => [
  messagesRoute({
    log,
    quota: new Quota(PER_SECOND, PER_SECOND),
    maxBacklog: MAX_BACKLOG,
    backlog: async () => backlog,
    onAccepted: (count) => {
      metrics.submitted += count
    },
  }),
  ...nodeRoutes({
    log,
    metrics,
    runners: () => [],
    notReady: () => notReady,
    backlog: async () => backlog,
    gauges: () => [["assay_test", "A gauge of the test", 7]],
    describe: (_stage, state) => state,
  }),
]
const start = (open: boolean): Promise<RunningServer> =>
  startServer({
    host: "127.0.0.1",
    port: 0,
    access: accessFor("127.0.0.1", open ? [] : TOKENS, []),
    routes: routes(),
    onRefused: () => void metrics.refused++,
  })
const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, server.url), init)
const post = (path: string, body: string, headers: Record<string, string>): Promise<Response> =>
  call(path, { method: "POST", body, headers: { "content-type": "application/jose", ...headers } })
const submitted = async (): Promise<number> => {
  let count = 0
  for (let partition = 0; partition < log.partitions; partition++)
    count += (await log.bounds({ stream: STREAMS.submitted, partition })).end
  return count
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-http-"))
  log = await openEmbedded({ dir, partitions: 2 })
})
afterAll(async () => {
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  metrics = new Metrics()
  backlog = 0
  notReady = null
  server = await start(false)
  return () => server.close()
})

const PATHS: ReadonlyArray<readonly [method: "GET" | "POST", path: string, right: string]> = [
  ["POST", "/v1/messages", "submit"],
  ["GET", "/v1/streams", "read"],
  ["GET", "/v1/devices/did%3Akey%3Az6Mk", "read"],
  ["POST", "/v1/admin/control", "admin"],
  ["POST", "/v1/admin/knowledge/bundle", "admin"],
  ["POST", "/v1/admin/knowledge/policy", "admin"],
]

describe("rights", () => {
  it.each(PATHS)("%s %s takes the right to %s, and no other", async (method, path, right) => {
    const body = method === "POST" ? "" : null
    const before = await submitted()
    for (const headers of [
      {},
      { authorization: "Bearer wrong" },
      { authorization: "Basic Z2F0ZXdheQ==" },
      { authorization: "Bearer " },
    ]) {
      const unknown = await call(path, { method, headers, body })
      expect(unknown.status).toBe(401)
      expect(await unknown.json()).toMatchObject({ error: "http.unauthenticated" })
    }
    for (const caller of Object.keys(RIGHTS) as ReadonlyArray<Caller>) {
      const answer = await call(path, { method, headers: as(caller), body })
      const { error, message } = (await answer.json()) as { error?: string; message?: string }
      if (RIGHTS[caller] === right) expect([200, 400, 404]).toContain(answer.status)
      else {
        expect({ status: answer.status, error }).toEqual({ status: 403, error: "http.forbidden" })
        expect(message).toContain(`${caller} lacks the right to ${right}`)
      }
    }
    expect(await submitted()).toBe(before) // an empty body was a 400, and nobody else got that far
    expect(metrics.refused).toBeGreaterThanOrEqual(6)
  })

  it.each(["/livez", "/readyz", "/metrics"])("%s asks for nothing", async (path) => {
    expect((await call(path)).status).toBe(200)
  })
})

describe("an open node on loopback", () => {
  const raw = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      httpRequest(url, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .once("error", reject)
        .end()
    })

  it("serves programs of this machine, and no web page", async () => {
    const open = await start(true)
    try {
      const url = `${open.url}/v1/streams`
      expect(await raw(url, {})).toBe(200)
      expect(await raw(url, { host: "localhost:7070" })).toBe(200)
      expect(await raw(url, { origin: "https://evil.example" })).toBe(401)
      expect(await raw(url, { host: "evil.example" })).toBe(401)
    } finally {
      await open.close()
    }
  })
})

describe("answers", () => {
  it("are JSON with a code for what is not there, or not so", async () => {
    const cases = [
      [await call("/nothing"), 404, "http.not_found"],
      [await call("/v1/messages", { headers: as("gateway") }), 405, "http.method"],
      [await call("/livez", { method: "POST" }), 405, "http.method"],
      [await call("/v1/devices/%FF", { headers: as("reader") }), 400, "http.path"],
      [await call("/v1/devices/did:key:z6Mk", { headers: as("reader") }), 404, "device.unknown"],
      [await post("/v1/admin/control", "{", as("admin")), 400, "control.malformed"],
      [await post("/v1/admin/control", '{"tokens":[]}', as("admin")), 400, "control.malformed"],
      [await post("/v1/admin/control", '{"tokens":[1]}', as("admin")), 400, "control.malformed"],
      [
        await post("/v1/admin/control", JSON.stringify({ tokens: Array(9).fill("x") }), as("admin")),
        400,
        "control.malformed",
      ],
      [await post("/v1/admin/knowledge/bundle", "", as("admin")), 400, "knowledge.empty"],
      [await post("/v1/admin/knowledge/other", "", as("admin")), 404, "http.not_found"],
      [await post("/v1/messages", "", as("gateway")), 400, "http.empty"],
      [await post("/v1/messages", "\n\r\n", { ...as("gateway"), ...NDJSON }), 400, "http.empty"],
    ] as const
    for (const [answer, status, error] of cases) {
      expect(answer.status, error).toBe(status)
      expect(answer.headers.get("content-type")).toBe("application/json")
      expect(await answer.json()).toMatchObject({ error, message: expect.stringMatching(/./) })
    }
  })

  it("say which methods a path takes", async () => {
    expect((await call("/v1/messages", { headers: as("gateway") })).headers.get("allow")).toBe("POST")
    expect((await call("/readyz", { method: "DELETE" })).headers.get("allow")).toBe("GET")
  })

  it("survive a path that is none, and bytes that are no HTTP", async () => {
    const send = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let got = ""
        const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.end(text))
        socket.setEncoding("utf8").on("data", (part: string) => {
          got += part
        })
        socket.once("error", reject).once("close", () => resolve(got))
      })
    expect(await send("GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400 [\s\S]*http\.path/,
    )
    expect(await send("\x16\x03\x01 hello\r\n\r\n")).toMatch(/^HTTP\/1.1 400/)
    expect((await call("/livez")).status).toBe(200)
  })

  it("hide from the caller what broke inside", async () => {
    const problems: Array<unknown> = []
    const broken = await startServer({
      host: "127.0.0.1",
      port: 0,
      access: accessFor("127.0.0.1", [], []),
      routes: [
        { method: "GET", path: /^\/broken$/, right: null, handle: () => Promise.reject(new Error("/secret/path")) },
      ],
      onRefused: () => undefined,
      onProblem: (cause) => problems.push(cause),
    })
    try {
      const answer = await fetch(`${broken.url}/broken`)
      expect(answer.status).toBe(500)
      expect(await answer.text()).not.toContain("secret")
      expect(problems).toEqual([new Error("/secret/path")])
    } finally {
      await broken.close()
    }
  })
})

describe("POST /v1/messages", () => {
  it("takes one message, durable and untouched, with who handed it over", async () => {
    const answer = await post("/v1/messages", "not.even.jws", as("gateway"))
    expect(answer.status).toBe(202)
    const { origin } = (await answer.json()) as { origin: { epoch: number; partition: number; offset: number } }
    const [record] = await log.read({ stream: STREAMS.submitted, partition: origin.partition }, origin.offset, 1, 1)
    const entry = toRawEntry(record!, true, log.epoch, origin.partition, 0)
    expect(entry).toMatchObject({
      kind: "message",
      message: { envelope: { principal: "gateway", binding: "http", originator: "127.0.0.1" } },
    })
    if (entry.kind === "message") expect(Buffer.from(entry.message.envelope.bytes).toString()).toBe("not.even.jws")
    expect(metrics.submitted).toBe(1)
  })

  it("takes a stream of lines, however they end, and gives the origins in their order", async () => {
    const lines = Array.from({ length: 600 }, (_, n) => `line-${n}`)
    const answer = await post("/v1/messages", `${lines.join("\r\n")}\n\n`, { ...as("gateway"), ...NDJSON })
    const { accepted, origins } = (await answer.json()) as {
      accepted: number
      origins: ReadonlyArray<{ partition: number; offset: number }>
    }
    expect({ status: answer.status, accepted, origins: origins.length }).toEqual({
      status: 202,
      accepted: 600,
      origins: 600,
    })
    for (const n of [0, 299, 599]) {
      const { partition, offset } = origins[n]!
      const [record] = await log.read({ stream: STREAMS.submitted, partition }, offset, 1, 1)
      const entry = toRawEntry(record!, true, log.epoch, partition, 0)
      expect(entry.kind === "message" && Buffer.from(entry.message.envelope.bytes).toString()).toBe(`line-${n}`)
    }
  })

  it("refuses a message over the cap with 413, and keeps nothing of it", async () => {
    const before = await submitted()
    const answer = await post("/v1/messages", "x".repeat((1 << 20) + 1), as("gateway"))
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ error: "http.too_large" })
    const line = await post("/v1/messages", `${"x".repeat((1 << 20) + 1)}\n`, { ...as("gateway"), ...NDJSON })
    expect(line.status).toBe(413)
    expect(await line.json()).toMatchObject({ error: "http.line_too_large" })
    expect(await submitted()).toBe(before)
  })

  it("takes what came before a line over the cap, and says how many", async () => {
    const good = Array.from({ length: 256 }, (_, n) => `before-${n}`).join("\n")
    const answer = await post("/v1/messages", `${good}\n${"x".repeat((1 << 20) + 1)}\n`, {
      ...as("gateway"),
      ...NDJSON,
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ error: "http.line_too_large", accepted: 256, origins: { length: 256 } })
  })

  it("answers 429 with retry-after over the quota, for each principal apart", async () => {
    const lines = Array.from({ length: PER_SECOND + 500 }, () => "x").join("\n")
    const answer = await post("/v1/messages", lines, { ...as("gateway"), ...NDJSON })
    expect(answer.status).toBe(429)
    expect(answer.headers.get("retry-after")).toBe("1")
    const { error, accepted, origins } = (await answer.json()) as {
      error: string
      accepted: number
      origins: ReadonlyArray<object>
    }
    expect(error).toBe("http.quota")
    // Whole chunks of 256 up to the quota, and what has grown back while they were written.
    expect(accepted).toBeGreaterThanOrEqual(768)
    expect(accepted).toBeLessThan(PER_SECOND + 500)
    expect(origins.length).toBe(accepted)
    expect(metrics.submitted).toBe(accepted)
  })

  it("answers 429 with retry-after when the pipeline is behind, and takes nothing", async () => {
    const before = await submitted()
    backlog = MAX_BACKLOG + 1
    for (const headers of [as("gateway"), { ...as("gateway"), ...NDJSON }]) {
      const answer = await post("/v1/messages", "x", headers)
      expect(answer.status).toBe(429)
      expect(answer.headers.get("retry-after")).toBe("1")
      expect(await answer.json()).toMatchObject({ error: "http.backlog" })
    }
    expect(await submitted()).toBe(before)
    backlog = MAX_BACKLOG
    expect((await post("/v1/messages", "x", as("gateway"))).status).toBe(202)
  })
})

describe("health", () => {
  it("is alive while not ready, and says why", async () => {
    expect(await (await call("/readyz")).json()).toEqual({ status: "ready" })
    notReady = "the sealer of partition 1 stopped"
    expect((await call("/livez")).status).toBe(200)
    const answer = await call("/readyz")
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: "not ready", reason: notReady })
  })

  it("exposes metrics that Prometheus can read", async () => {
    backlog = 3
    await post("/v1/messages", "x", as("gateway"))
    await post("/v1/messages", "x", {})
    const answer = await call("/metrics")
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4")
    const lines = (await answer.text()).trimEnd().split("\n")
    for (const line of lines) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|[a-z_]+(\{\w+="[^"]*"\})? [0-9.e+-]+)$/)
    expect(lines).toContain("assay_submitted_total 1")
    expect(lines).toContain("assay_refused_total 1")
    expect(lines).toContain("assay_backlog_entries 3")
    expect(lines).toContain("assay_test 7")
  })
})
