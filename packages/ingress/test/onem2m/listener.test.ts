/** Notifications over HTTP and TLS, to a listener of its own. */
import { mkdtempSync, rmSync } from "node:fs"
import { request as tlsRequest } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasOpenssl, issue, makeAuthority, type Pair } from "@assay/testkit/certificates"
import * as Redacted from "effect/Redacted"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { encodeCbor } from "../../src/onem2m/cbor.ts"
import { type Listener, type ListenerOptions, listen } from "../../src/onem2m/listener.ts"
import { OPERATION, type RequestPrimitive, RSC } from "../../src/onem2m/primitive.ts"
import type { Carrier } from "../../src/onem2m/receive.ts"

const PATH = "/onem2m/abcdefghijklmnopqrstuvwx"
const NOTIFICATION = { "m2m:sgn": { vrq: true, sur: "/id-in/sub1" } }

let listener: Listener | null = null
let received: Array<{ readonly request: RequestPrimitive; readonly carrier: Carrier }>
afterEach(() => listener?.close())

const start = async (rest: Partial<ListenerOptions> = {}): Promise<Listener> => {
  received = []
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    tls: null,
    path: PATH,
    receive: async (request, carrier) => {
      received.push({ request, carrier })
      return RSC.ok
    },
    onProblem: () => undefined,
    ...rest,
  })
  return listener
}
const post = (url: string, headers: Record<string, string>, body: Uint8Array | string): Promise<Response> =>
  fetch(url, { method: "POST", headers, body: Buffer.from(body) })

const HEADERS = {
  "content-type": "application/json",
  "x-m2m-origin": "/id-in",
  "x-m2m-ri": "hHqmYZeCsE",
  "x-m2m-rvi": "5",
  "x-m2m-ot": "20261123T080938,674810",
}

describe("a notification over HTTP", () => {
  it("is answered with its identifier and a code", async () => {
    const { url } = await start()
    const answer = await post(url + PATH, HEADERS, JSON.stringify(NOTIFICATION))
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "x-m2m-rsc": "2000",
      "x-m2m-ri": "hHqmYZeCsE",
      "x-m2m-rvi": "5",
    })
    expect(received).toEqual([
      {
        request: {
          operation: OPERATION.notify,
          from: "/id-in",
          to: PATH,
          requestId: "hHqmYZeCsE",
          originatedAt: expect.closeTo(Date.parse("2026-11-23T08:09:38.674Z") + 0.81, 2) as number,
          releaseVersion: "5",
          content: NOTIFICATION,
        },
        carrier: { topicOriginator: null, certificateNames: null },
      },
    ])
  })

  it("may be CBOR", async () => {
    const { url } = await start()
    await post(url + PATH, { ...HEADERS, "content-type": "application/cbor" }, encodeCbor(NOTIFICATION))
    expect(received[0]!.request.content).toEqual(NOTIFICATION)
  })

  it("is known from a request to create something", async () => {
    const { url } = await start()
    await post(url + PATH, { ...HEADERS, "content-type": "application/json;ty=4" }, "{}")
    expect(received[0]!.request.operation).toBe(OPERATION.create)
  })

  it("that cannot be read comes without content, and is refused by whoever receives it", async () => {
    const { url } = await start()
    await post(url + PATH, HEADERS, "{")
    expect(received[0]!.request.content).toBeNull()
  })

  it("carries nothing back into a header that a header cannot hold", async () => {
    const { url } = await start()
    const answer = await post(url + PATH, { ...HEADERS, "x-m2m-ri": "a b", "x-m2m-rvi": "x/y" }, "{}")
    expect(answer.headers.get("x-m2m-ri")).toMatch(/^[\w-]{16}$/)
    expect(answer.headers.get("x-m2m-rvi")).toBe("4")
  })

  it("is nowhere but at its path, and in no other form", async () => {
    const { url } = await start()
    expect((await post(`${url}/onem2m/guess`, HEADERS, "{}")).status).toBe(404)
    expect((await post(url + PATH, { ...HEADERS, "content-type": "application/xml" }, "<x/>")).status).toBe(415)
    expect((await post(url + PATH, HEADERS, Buffer.alloc(5 << 20))).status).toBe(413)
    expect(received).toEqual([])
  })
})

describe.runIf(hasOpenssl)("a notification over TLS", () => {
  let dir: string
  let certificates: Record<"ca" | "adapter" | "cse.example" | "stranger", Pair>
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "assay-onem2m-tls-"))
    const ca = makeAuthority(dir, "ca")
    makeAuthority(dir, "other")
    certificates = {
      ca,
      adapter: issue(dir, "ca", "adapter"),
      "cse.example": issue(dir, "ca", "cse.example"),
      stranger: issue(dir, "other", "cse.example"),
    }
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const notify = async (client: Pair | null): Promise<ReadonlyArray<string> | null> => {
    const { adapter, ca } = certificates
    const { url } = await start({ tls: { cert: adapter.cert, key: Redacted.make(adapter.key), ca: ca.cert } })
    await new Promise<void>((resolve, reject) => {
      const outgoing = tlsRequest(
        url + PATH,
        { method: "POST", headers: HEADERS, ca: ca.cert, ...(client ?? {}), agent: false },
        (response) => response.resume().once("end", resolve),
      )
      outgoing.once("error", reject)
      outgoing.end(JSON.stringify(NOTIFICATION))
    })
    return received[0]!.carrier.certificateNames
  }

  it("shows by which names the CSE is certified", async () => {
    expect(await notify(certificates["cse.example"])).toContain("cse.example")
  })

  it("without certificate, or with one of another authority, shows none", async () => {
    expect(await notify(null)).toEqual([])
    expect(await notify(certificates.stranger)).toEqual([])
  })
})
