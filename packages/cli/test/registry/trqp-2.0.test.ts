/**
 * TRQP 2.0: what is asked and answered here conforms to the schemas that its specification publishes, by a validator that others wrote.
 * Times are checked as RFC 3339 in UTC, as the schemas' descriptions ask.
 */
import { readFileSync } from "node:fs"
import { askAll, type Question } from "@assay/resolver"
import { actor, bundleOf } from "@assay/testkit/actors"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import { answerTo, type Query } from "../../src/registry/answer.ts"

const SCHEMAS = JSON.parse(readFileSync(new URL("./vectors/trqp-2.0.json", import.meta.url), "utf8")) as Readonly<
  Record<Query, Readonly<Record<"request" | "response", object>>>
>
const ajv = new Ajv2020({
  strict: false,
  formats: { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)$/ },
})
const QUERIES: ReadonlyArray<Query> = ["authorization", "recognition"]
const faultsOf = (query: Query, what: "request" | "response", said: unknown): unknown => {
  const { $id } = SCHEMAS[query][what] as { readonly $id: string }
  const conforms = ajv.getSchema($id) ?? ajv.compile(SCHEMAS[query][what])
  return conforms(said) ? [] : conforms.errors
}

const NOW = Date.UTC(2026, 10, 1, 12)
const issuer = actor()
const REGISTRY = "https://registry.example/"
const scope = { credentialTypes: ["AssayDeviceCredential"], vendors: ["*"], measurements: ["*"], actions: [] }
const bundle = bundleOf(issuer, {
  expires: NOW + 1_000,
  issuers: [{ did: issuer.did, ...scope, maxAssurance: "software" }],
  registries: [
    {
      authority: REGISTRY,
      url: "https://registry.example",
      framework: "urn:framework:1",
      resolvers: 2,
      maxAgeMs: 60_000,
      depth: 0,
      scope: { ...scope, maxAssurance: "claimed" },
      levels: [],
    },
  ],
})
const answer = (query: Query, question: unknown) =>
  answerTo(query, Buffer.from(JSON.stringify(question)), { authority: bundle.trustDomain, bundle, now: NOW })
const entityOf = (query: Query): string => (query === "authorization" ? issuer.did : REGISTRY)

describe("TRQP 2.0", () => {
  it.each(QUERIES)("a question of %s, with and without a level, conforms, and its answer is read", async (query) => {
    const questions: ReadonlyArray<Question> = [null, "software"].map((level) => ({
      query,
      entity: entityOf(query),
      authority: bundle.trustDomain,
      action: "issue",
      resource: "AssayDeviceCredential",
      level,
    }))
    const asked: Array<unknown> = []
    const { answers, unanswered } = await askAll(
      {
        now: () => NOW,
        maxAgeMs: 60_000,
        get: async ({ path, post }) => {
          expect(path).toBe(`/${query}`)
          const question: unknown = JSON.parse(post!.body.toString())
          asked.push(question)
          const said = answer(query, question)
          expect(faultsOf(query, "response", said)).toEqual([])
          return Buffer.from(JSON.stringify(said))
        },
      },
      questions.map((question) => ({ url: "https://registry.example", question })),
    )
    expect(asked.map((question) => faultsOf(query, "request", question))).toEqual([[], []])
    expect([answers.length, unanswered]).toEqual([2, []])
  })

  it.each(QUERIES)("answers of %s conform with each context and whatever they say", (query) => {
    const question = {
      entity_id: entityOf(query),
      authority_id: bundle.trustDomain,
      action: "issue",
      resource: "AssayDeviceCredential",
    }
    for (const over of [
      {},
      { action: "verify" },
      { resource: "Other" },
      { context: {} },
      { context: { time: "2026-11-01T12:00:00.5+00:00", locator: "x" } },
      { context: { assurance_level: "hardware", other: "y" } },
    ]) {
      const asked = { ...question, ...over }
      expect(faultsOf(query, "request", asked)).toEqual([])
      const said = answer(query, asked)
      expect([said, faultsOf(query, "response", said)]).toEqual([expect.objectContaining(asked), []])
    }
  })

  it.each(["2026-11-01 12:00:00Z", "Sun, 01 Nov 2026 12:00:00 GMT", "2026-11-01T13:00:00+01:00", "2026-11-01T12:00Z"])(
    "a time that the specification does not have is a problem: %s",
    (time) => {
      const question = {
        entity_id: issuer.did,
        authority_id: bundle.trustDomain,
        action: "issue",
        resource: "AssayDeviceCredential",
        context: { time },
      }
      expect(faultsOf("authorization", "request", question)).not.toEqual([])
      expect(answer("authorization", question)).toMatchObject({ status: 400, title: "not a time" })
    },
  )
})
