/** Requests over HTTP (TS-0009), to a server that the test plays. */
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { text as textOf } from "node:stream/consumers"
import * as Redacted from "effect/Redacted"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { encodeCbor } from "../../src/onem2m/cbor.ts"
import { type CseClient, httpClient, urlOf } from "../../src/onem2m/client.ts"
import { CseRefusalError, CseUnreachableError, RSC, resourceIn } from "../../src/onem2m/primitive.ts"

interface Reply {
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string
}

let server: Server
let client: CseClient
let asked: Array<{ readonly request: IncomingMessage; readonly body: string }>
let reply: (request: IncomingMessage) => Reply

beforeEach(async () => {
  asked = []
  server = createServer(async (request, response) => {
    asked.push({ request, body: await textOf(request) })
    const { headers = {}, body = "" } = reply(request)
    response.writeHead(200, { "x-m2m-ri": String(request.headers["x-m2m-ri"]), ...headers })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  client = httpClient({ url: new URL(`http://127.0.0.1:${port}`), originator: "CMe" })
})
afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const json = (rsc: number, content: unknown): Reply => ({
  headers: { "x-m2m-rsc": String(rsc), "content-type": "application/json" },
  body: JSON.stringify(content),
})

describe("a request", () => {
  it.each([
    ["cse-in/pump", "/cse-in/pump"],
    ["/id-in/cse-in/pump", "/~/id-in/cse-in/pump"],
    ["//sp.example/id-in/cnt1", "/_/sp.example/id-in/cnt1"],
  ])("to %s goes to %s", (to, path) => {
    expect(urlOf(new URL("http://cse.example:8080"), { to }).pathname).toBe(path)
    expect(urlOf(new URL("http://cse.example:8080/root/"), { to }).pathname).toBe(`/root${path}`)
  })

  it("says who asks, which request it is, and when", async () => {
    reply = () => json(RSC.created, { "m2m:cnt": { ri: "cnt1" } })
    const content = { "m2m:cnt": { rn: "data" } }
    const answer = await client.request({ operation: "create", to: "/id-in/cse-in", type: 3, content })
    expect(resourceIn(answer, "making it", RSC.created)).toEqual({ ri: "cnt1" })
    const [{ request, body }] = asked as [(typeof asked)[number]]
    expect([request.method, request.url]).toEqual(["POST", "/~/id-in/cse-in"])
    expect(request.headers).toMatchObject({
      "x-m2m-origin": "CMe",
      "x-m2m-rvi": "4",
      "content-type": "application/json;ty=3",
      "x-m2m-ot": expect.stringMatching(/^\d{8}T\d{6},\d{3}$/),
    })
    expect(JSON.parse(body)).toEqual(content)
  })

  it("has an identifier of its own each time", async () => {
    reply = () => json(RSC.ok, {})
    for (let n = 0; n < 3; n++) await client.request({ operation: "retrieve", to: "cse-in" })
    expect(new Set(asked.map(({ request }) => request.headers["x-m2m-ri"])).size).toBe(3)
  })

  it("has its filter criteria behind the path", async () => {
    reply = () => json(RSC.ok, { "m2m:uril": [] })
    const query = { fu: 1, ty: 3, lbl: "assay", cra: "20261123T080938,692" }
    await client.request({ operation: "retrieve", to: "cse-in", query })
    expect(new URL(asked[0]!.request.url!, "http://x").search).toBe("?fu=1&ty=3&lbl=assay&cra=20261123T080938%2C692")
  })

  it("says how long the CSE may hold it", async () => {
    reply = () => json(RSC.requestTimeout, {})
    await client.request({ operation: "retrieve", to: "cse-in/pcu", holdMs: 5_000 })
    expect(asked[0]!.request.headers["x-m2m-ret"]).toMatch(/^\d{8}T\d{6},\d{3}$/)
  })

  it("shows what it is given to show, and goes out as CBOR where that is asked for", async () => {
    const { port } = server.address() as AddressInfo
    const other = httpClient({
      url: new URL(`http://127.0.0.1:${port}`),
      originator: "CMe",
      serialization: "cbor",
      authorization: Redacted.make("Bearer abc"),
    })
    reply = () => ({
      headers: { "x-m2m-rsc": "2000", "content-type": "application/vnd.onem2m-res+cbor" },
      body: encodeCbor({ "m2m:cb": { csi: "/id-in" } }),
    })
    const answer = await other.request({ operation: "update", to: "cse-in", content: { "m2m:cnt": { mni: 1 } } })
    await other.close()
    expect(answer).toEqual({ rsc: 2000, content: { "m2m:cb": { csi: "/id-in" } } })
    expect(asked[0]!.request.headers).toMatchObject({ authorization: "Bearer abc", "content-type": "application/cbor" })
  })
})

describe("an answer", () => {
  it("that refuses says why", async () => {
    reply = () => json(RSC.originatorHasNoPrivilege, { "m2m:dbg": "no CREATE for CMe" })
    const answer = await client.request({ operation: "retrieve", to: "cse-in" })
    expect(() => resourceIn(answer, "looking", RSC.ok)).toThrow(
      new CseRefusalError(4103, "looking: the CSE answers 4103: no CREATE for CMe"),
    )
  })

  it.each<[string, () => Reply]>([
    ["without a code is none of a CSE", () => ({ body: "hello" })],
    ["to another request is none", () => ({ headers: { "x-m2m-rsc": "2000", "x-m2m-ri": "other" } })],
    [
      "that cannot be read is none",
      () => ({ headers: { "x-m2m-rsc": "2000", "content-type": "application/json" }, body: "{" }),
    ],
    [
      "that is too large is none",
      () => ({ headers: { "x-m2m-rsc": "2000", "content-type": "application/json" }, body: Buffer.alloc(17 << 20) }),
    ],
  ])("%s", async (_, given) => {
    reply = given
    await expect(client.request({ operation: "retrieve", to: "cse-in" })).rejects.toThrow(CseUnreachableError)
  })

  it("that does not come is reported with the address", async () => {
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const asking = client.request({ operation: "retrieve", to: "cse-in" })
    await expect(asking).rejects.toThrow(`no CSE answers at http://127.0.0.1:${port} (ECONNREFUSED)`)
    server.listen(0)
  })
})
