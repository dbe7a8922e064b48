/** The HTTP server on a real server and a real log: rights, answers, health. */
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import { LogEndedError, StorageError } from "@assay/log"
import { describe, expect, it } from "vitest"
import { accessFor } from "../../src/http/access.ts"
import { startServer } from "../../src/http/server.ts"
import { as, type Caller, call, NDJSON, post, RIGHTS, rig, start, submitted, useIngress } from "./support.ts"

useIngress()

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
    expect(rig.metrics.refused).toBeGreaterThanOrEqual(6)
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

  it("are for the path as it stands there: another spelling of it is none, nor is a call with two hosts", async () => {
    const { hostname, port } = new URL(rig.server.url)
    const host = `Host: ${hostname}:${port}\r\n`
    const send = (target: string, hosts: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(`GET ${target} HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
        })
        let said = ""
        socket.on("data", (bytes) => {
          said += bytes.toString()
        })
        socket.once("close", () => resolve(said)).once("error", reject)
      })
    expect(await send("/livez", host)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await send("/livez?verbose", host)).toMatch(/^HTTP\/1\.1 200 /)
    const others = ["//x/livez", "/v1/../livez", "/v1/x/../admin/control", "/./livez", "/x/%2e%2e/livez"]
    for (const target of [...others, "/livez#x", "http://other.example/livez", "*"]) {
      const said = await send(target, host)
      expect(said, target).toMatch(/^HTTP\/1\.1 400 /)
      expect(said, target).toContain("http.path")
    }
    expect(await send("/livez", `${host}Host: other.example\r\n`)).toMatch(/^HTTP\/1\.1 400 [\s\S]*http\.host/)
  })

  it("say which methods a path takes", async () => {
    expect((await call("/v1/messages", { headers: as("gateway") })).headers.get("allow")).toBe("POST")
    expect((await call("/readyz", { method: "DELETE" })).headers.get("allow")).toBe("GET")
  })

  it("survive a path that is none, and bytes that are no HTTP", async () => {
    const send = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let got = ""
        const socket = connect(Number(new URL(rig.server.url).port), "127.0.0.1", () => socket.end(text))
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

  it("tell who sends that the log was ended, and not where the brokers are", async () => {
    const ended = new LogEndedError("epoch 1 of the log was ended: epoch 2 goes on from it at plant2.")
    const server = await startServer({
      host: "127.0.0.1",
      port: 0,
      access: accessFor("127.0.0.1", [], []),
      routes: [{ method: "GET", path: "/ended", right: null, handle: () => Promise.reject(ended) }],
      onRefused: () => undefined,
    })
    try {
      const answer = await fetch(`${server.url}/ended`)
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"])
      const body = (await answer.json()) as { readonly error: string; readonly message: string }
      expect(body.error).toBe("log.ended")
      expect(body.message).toContain("send it again, to a node of the next epoch")
      expect(body.message).not.toContain("plant2.")
    } finally {
      await server.close()
    }
  })

  it("hide from the caller what broke inside", async () => {
    const problems: Array<unknown> = []
    const broken = await startServer({
      host: "127.0.0.1",
      port: 0,
      access: accessFor("127.0.0.1", [], []),
      routes: [
        { method: "GET", path: "/broken", right: null, handle: () => Promise.reject(new Error("/secret/path")) },
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

describe("a log that takes nothing, since its disk is full", () => {
  it("is no fault of the caller's and none of the node's code: it comes again later, or elsewhere", async () => {
    const problems: Array<unknown> = []
    const full = await startServer({
      host: "127.0.0.1",
      port: 0,
      access: accessFor("127.0.0.1", [], []),
      routes: [
        {
          ...{ method: "GET", path: "/full", right: null },
          handle: () => Promise.reject(new StorageError("no space is left on the disk of /secret/path")),
        },
      ],
      onRefused: () => undefined,
      onProblem: (cause) => problems.push(cause),
    })
    try {
      const answer = await fetch(`${full.url}/full`)
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"])
      const text = await answer.text()
      expect(JSON.parse(text)).toMatchObject({ error: "log.unwritable" })
      expect(text).not.toContain("secret")
      expect(problems).toEqual([])
    } finally {
      await full.close()
    }
  })
})

describe("health", () => {
  it("is alive while not ready, and says why", async () => {
    expect(await (await call("/readyz")).json()).toEqual({ status: "ready" })
    rig.notReady = "the sealer of partition 1 stopped"
    expect((await call("/livez")).status).toBe(200)
    const answer = await call("/readyz")
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: "not ready", reason: rig.notReady })
  })

  it("exposes metrics that Prometheus can read", async () => {
    rig.backlog = 3
    await post("/v1/messages", "x", as("gateway"))
    await post("/v1/messages", "x", {})
    const answer = await call("/metrics")
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4")
    const lines = (await answer.text()).trimEnd().split("\n")
    for (const line of lines) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|[a-z_]+(\{\w+="[^"]*"\})? [0-9.e+-]+)$/)
    expect(lines).toContain("assay_submitted_total 1")
    expect(lines).toContain("assay_refused_total 1")
    expect(lines).toContain("assay_backlog_entries 3")
  })
})
