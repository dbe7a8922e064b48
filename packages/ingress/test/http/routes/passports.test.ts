import { describe, expect, it } from "vitest"
import { RequestError } from "../../../src/http/request.ts"
import type { Answer, Call } from "../../../src/http/route.ts"
import { passportRoutes } from "../../../src/index.ts"

const PASSPORT = {
  device: "did:key:zA",
  zone: "pumps",
  serial: "AAAAAAAAAAA",
  issued: 0,
  expires: 1_000,
  jwt: "a.b.c",
  cwt: null,
}

const routes = passportRoutes({
  passport: (did) =>
    ({ "did:key:zA": PASSPORT, "did:key:zWatched": "state", "did:key:zEarly": "reading" })[did] ?? "unknown",
  isHolder: (proof, did) => proof === `proof of ${did}`,
  snapshot: async (nonce) => (nonce === "AAAAAAAAAAAAAAAAAAAAAAAA" ? null : Buffer.from(nonce ?? "all")),
  policy: (zone) => (zone === "pumps" ? Buffer.from("{}") : null),
})

const call = async (
  path: string,
  pattern: string,
  { rights = [] as ReadonlyArray<"read">, proof = "" } = {},
): Promise<Answer | RequestError> => {
  const url = new URL(path, "http://node")
  const route = routes.find((one) => one.path.startsWith(pattern))!
  const params = url.pathname.split("/").slice(3)
  const headers = proof === "" ? {} : { "device-proof": proof }
  try {
    return await route.handle({
      url,
      params,
      caller: { principal: "x", rights },
      request: { headers },
    } as unknown as Call)
  } catch (cause) {
    if (cause instanceof RequestError) return cause
    throw cause
  }
}
const reader = { rights: ["read"] as const }

describe("a passport", () => {
  const of = (did: string, options = {}) => call(`/v1/passports/${did}`, "/v1/passports", options)
  it("is for its holder, and for who may read", async () => {
    expect(await of("did:key:zA", reader)).toMatchObject({
      status: 200,
      body: { zone: "pumps", expires: "1970-01-01T00:00:01.000Z" },
    })
    expect(await of("did:key:zA", { proof: "proof of did:key:zA" })).toMatchObject({ status: 200 })
  })
  it("is for nobody else, whether there is one or not", async () => {
    for (const did of ["did:key:zA", "did:key:zNobody"]) {
      expect(await of(did)).toMatchObject({ status: 401, code: "passport.unproven" })
      expect(await of(did, { proof: "proof of did:key:zB" })).toMatchObject({ status: 401 })
      expect(await of(did, { proof: "x".repeat(5_000) })).toMatchObject({ status: 401 })
    }
  })
  it("is not there for who is not trusted, with the reason", async () => {
    expect(await of("did:key:zWatched", reader)).toMatchObject({
      status: 404,
      code: "passport.none",
      message: expect.stringContaining("not trusted"),
    })
    expect(await of("did:key:zEarly", reader)).toMatchObject({ status: 503, code: "passport.reading" })
  })
})

describe("the passport policy of a zone", () => {
  const of = (zone: string, options = {}) => call(`/v1/passport-policies/${zone}`, "/v1/passport-policies", options)
  it("is for devices of the zone, and for who may read", async () => {
    expect(await of("pumps", reader)).toMatchObject({ status: 200 })
    expect(await of("pumps?device=did:key:zA", { proof: "proof of did:key:zA" })).toMatchObject({ status: 200 })
  })
  it("is for nobody else: it names the zones that this one has to do with", async () => {
    expect(await of("pumps")).toMatchObject({ status: 401 })
    expect(await of("control?device=did:key:zA", { proof: "proof of did:key:zA" })).toMatchObject({ status: 401 })
    expect(await of("pumps?device=did:key:zWatched", { proof: "proof of did:key:zWatched" })).toMatchObject({
      status: 401,
    })
    expect(await of("office", reader)).toMatchObject({ status: 404 })
  })
})

describe("revocations", () => {
  const of = (query = "") => call(`/v1/revocations${query}`, "/v1/revocations")
  it("are for everybody, over a nonce where one is given", async () => {
    expect(await of()).toMatchObject({ status: 200, type: "application/cwt", body: Buffer.from("all") })
    expect(await of("?nonce=BBBBBBBBBBBBBBBBBBBBBBBB")).toMatchObject({ body: Buffer.from("BBBBBBBBBBBBBBBBBBBBBBBB") })
  })
  it("refuse what is no nonce, and say so while nothing is known", async () => {
    expect(await of("?nonce=x")).toMatchObject({ status: 400, code: "passport.nonce" })
    expect(await of("?nonce=AAAAAAAAAAAAAAAAAAAAAAAA")).toMatchObject({ status: 503, code: "passport.reading" })
  })
  it("over nonces are few a second: each is a signature", async () => {
    const codes = []
    for (let n = 0; n < 60; n++) codes.push((await of("?nonce=BBBBBBBBBBBBBBBBBBBBBBBB")).status)
    expect(codes).toContain(429)
  })
})
