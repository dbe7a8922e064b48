/** Requests in the name of the CSE: who sends them, whether they are new and timely, and what is answered. */
import { beforeEach, describe, expect, it } from "vitest"
import { OPERATION, type RequestPrimitive, RSC } from "../../src/onem2m/primitive.ts"
import { type Carrier, type Receive, type RefusedCode, receiver } from "../../src/onem2m/receive.ts"

const NOW = Date.parse("2026-11-23T08:09:38Z")
const OPEN: Carrier = { topicOriginator: null, certificateNames: null }
const content = (con: string) => ({
  "m2m:sgn": { sur: "/id-in/sub1", nev: { net: 3, rep: { "m2m:cin": { ri: "cin1", pi: "cnt1", con } } } },
})

let receive: Receive
let refused: Array<RefusedCode>
let taken: number
let isTaken: boolean | "unknown"
let ids = 0

beforeEach(() => {
  refused = []
  taken = 0
  isTaken = true
  receive = receiver({
    cseId: "/id-in",
    certificateName: "cse.example",
    windowMs: 300_000,
    take: async ({ length }) => {
      taken += length
      return isTaken
    },
    onRefused: (code) => refused.push(code),
  })
})

const ask = (request: Partial<RequestPrimitive> = {}, carrier: Carrier = OPEN): Promise<number> => {
  const primitive: RequestPrimitive = {
    operation: OPERATION.notify,
    from: "/id-in",
    to: "/onem2m/x",
    requestId: `r${++ids}`,
    originatedAt: NOW,
    releaseVersion: "4",
    content: content("A"),
    ...request,
  }
  return receive(primitive, carrier, Buffer.from(JSON.stringify(primitive.content)), NOW)
}

describe("is taken", () => {
  it.each(["/id-in", "id-in", "//sp.example/id-in"])("from %s, which is the CSE", async (from) => {
    expect(await ask({ from })).toBe(RSC.ok)
    expect(taken).toBe(1)
  })

  it("over a topic that names the CSE, and with the certificate that is bound to it", async () => {
    expect(await ask({}, { topicOriginator: "id-in", certificateNames: null })).toBe(RSC.ok)
    expect(await ask({}, { topicOriginator: null, certificateNames: ["other", "cse.example"] })).toBe(RSC.ok)
  })

  it("once: the same request again gets the same answer", async () => {
    expect(await ask({ requestId: "same" })).toBe(RSC.ok)
    expect(await ask({ requestId: "same" })).toBe(RSC.ok)
    expect(taken).toBe(1)
    expect(refused).toEqual([])
  })

  it("later, where it could not be taken at first", async () => {
    isTaken = false
    expect(await ask({ requestId: "same" })).toBe(RSC.internalServerError)
    isTaken = true
    expect(await ask({ requestId: "same" })).toBe(RSC.ok)
  })
})

describe("is refused, and nothing of it is taken", () => {
  it.each<[RefusedCode, string, Partial<RequestPrimitive>, Carrier, number]>([
    ["originator", "of an AE", { from: "CPump" }, OPEN, RSC.originatorHasNoPrivilege],
    ["originator", "of the administrator of the CSE", { from: "CAdmin" }, OPEN, RSC.originatorHasNoPrivilege],
    ["originator", "of another CSE", { from: "/id-mn" }, OPEN, RSC.originatorHasNoPrivilege],
    [
      "carrier",
      "over the topic of another",
      {},
      { topicOriginator: "CPump", certificateNames: null },
      RSC.originatorHasNoPrivilege,
    ],
    [
      "certificate",
      "with the certificate of another",
      {},
      { topicOriginator: null, certificateNames: ["pump.example"] },
      RSC.securityAssociationRequired,
    ],
    [
      "certificate",
      "without certificate",
      {},
      { topicOriginator: null, certificateNames: [] },
      RSC.securityAssociationRequired,
    ],
    ["stale", "from yesterday", { originatedAt: NOW - 86_400_000 }, OPEN, RSC.badRequest],
    ["stale", "at an unreadable time", { originatedAt: Number.NaN }, OPEN, RSC.badRequest],
    ["malformed", "without identifier", { requestId: "" }, OPEN, RSC.badRequest],
    ["malformed", "to create something", { operation: OPERATION.create }, OPEN, RSC.badRequest],
    ["malformed", "without notification", { content: { "m2m:cin": {} } }, OPEN, RSC.badRequest],
  ])("%s: %s", async (code, _, request, carrier, rsc) => {
    expect(await ask(request, carrier)).toBe(rsc)
    expect(refused).toEqual([code])
    expect(taken).toBe(0)
  })

  it("repeated: another content under a known identifier", async () => {
    await ask({ requestId: "same" })
    expect(await ask({ requestId: "same", content: content("B") })).toBe(RSC.badRequest)
    expect(refused).toEqual(["repeated"])
    expect(taken).toBe(1)
  })

  it("subscription: one that is not ours", async () => {
    isTaken = "unknown"
    expect(await ask()).toBe(RSC.notFound)
    expect(refused).toEqual(["subscription"])
  })
})
