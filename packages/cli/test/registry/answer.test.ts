/** What a deployment answers by TRQP 2.0: what its bundle says, about itself and about now. */
import { actor, bundleOf } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import { answerTo, type Query } from "../../src/registry/answer.ts"

const NOW = Date.UTC(2026, 10, 1, 12)
const [issuer, other] = [actor(), actor()]
const scope = { credentialTypes: ["AssayDeviceCredential"], vendors: ["*"], measurements: ["*"], actions: [] }
const bundle = bundleOf(issuer, {
  expires: NOW + 1_000,
  issuers: [{ did: issuer.did, ...scope, maxAssurance: "software" }],
  registries: [
    {
      authority: "https://registry.example/",
      url: "https://registry.example",
      framework: "urn:framework:1",
      resolvers: 1,
      maxAgeMs: 1,
      depth: 0,
      scope: { ...scope, maxAssurance: "claimed" },
      levels: [],
    },
  ],
})
const question = {
  entity_id: issuer.did,
  authority_id: bundle.trustDomain,
  action: "issue",
  resource: "AssayDeviceCredential",
}
const ask = (over: object, query: Query = "authorization", now = NOW) =>
  answerTo(query, Buffer.from(JSON.stringify({ ...question, ...over })), { authority: bundle.trustDomain, bundle, now })

describe("an answer to others", () => {
  it("says what the bundle says, repeats the question, and names its time", () => {
    const context = { assurance_level: "software", time: new Date(NOW).toISOString() }
    expect(ask({ context })).toEqual({
      ...question,
      authorized: true,
      time_requested: context.time,
      time_evaluated: context.time,
      message: expect.stringContaining("authorizes"),
      context,
    })
  })

  it.each<[string, object, Query, boolean]>([
    ["an issuer", {}, "authorization", true],
    ["another type", { resource: "Other" }, "authorization", false],
    ["another action", { action: "verify" }, "authorization", false],
    ["a higher level", { context: { assurance_level: "hardware" } }, "authorization", false],
    ["a level that we do not have", { context: { assurance_level: "eIDAS high" } }, "authorization", false],
    ["a registry", { entity_id: "https://registry.example/" }, "recognition", true],
  ])("on %s", (_, over, query, holds) => {
    expect(ask(over, query)).toMatchObject({ [query === "authorization" ? "authorized" : "recognized"]: holds })
  })

  it.each<[string, object, Query]>([
    ["another issuer", { entity_id: other.did }, "authorization"],
    ["an issuer as authority", {}, "recognition"],
    ["a registry as issuer", { entity_id: "https://registry.example/" }, "authorization"],
  ])("denies nothing where the bundle says nothing: %s", (_, over, query) => {
    expect(ask(over, query)).toMatchObject({ status: 404 })
  })

  it.each<[string, object, number]>([
    ["another authority", { authority_id: "https://other.example/" }, 404],
    ["no entity", { entity_id: undefined }, 400],
    ["a member that is not known", { entity: "x" }, 400],
    ["a context of numbers", { context: { time: 1 } }, 400],
    ["no time", { context: { time: "yesterday" } }, 400],
    ["another time", { context: { time: "2025-11-01T12:00:00Z" } }, 422],
  ])("is a problem with %s", (_, over, status) => {
    expect(ask(over)).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) })
  })

  it("is a problem where the bundle has expired, or there is no question", () => {
    expect(ask({}, "authorization", NOW + 1_000)).toMatchObject({ status: 503 })
    const served = { authority: bundle.trustDomain, bundle, now: NOW }
    expect(answerTo("recognition", Buffer.from("{"), served)).toMatchObject({ status: 400 })
  })
})
