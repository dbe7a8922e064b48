/** TRQP 2.0: an answer counts where it is one to the very question, of now. Questions and answers have the members of its JSON schemas. */
import { describe, expect, it } from "vitest"
import type { Place } from "../../src/fetch/get.ts"
import { askRegistry, type Question, readAnswer } from "../../src/trqp/ask.ts"

const NOW = Date.UTC(2026, 10, 1, 12)
const question: Question = {
  query: "authorization",
  authority: "https://registry.example/",
  entity: "did:key:zIssuer",
  action: "issue",
  resource: "AssayDeviceCredential",
  level: "high",
}
const said = {
  entity_id: question.entity,
  authority_id: question.authority,
  action: "issue",
  resource: question.resource,
  authorized: true,
  time_evaluated: new Date(NOW - 1_000).toISOString(),
  message: "it may",
  context: { assurance_level: "high" },
}
const read = (over: object, asked = question) =>
  readAnswer(Buffer.from(JSON.stringify({ ...said, ...over })), asked, NOW, 60_000)

describe("an answer", () => {
  it("says whether it holds, and lasts for as long as the bundle lets it", () => {
    const times = { evaluated: NOW - 1_000, expires: NOW + 59_000 }
    expect(read({})).toEqual({ ...question, holds: true, ...times })
    expect(read({ authorized: false })).toEqual({ ...question, holds: false, ...times })
    const recognised = { ...question, query: "recognition", level: null } as const
    expect(read({ recognized: true, context: undefined }, recognised)).toMatchObject({ holds: true })
  })

  it.each<[string, object, RegExp]>([
    ["another entity", { entity_id: "did:key:zOther" }, /another entity_id/],
    ["another authority", { authority_id: "https://other.example/" }, /another authority_id/],
    ["another action", { action: "verify" }, /another action/],
    ["another resource", { resource: "Other" }, /another resource/],
    ["another level", { context: { assurance_level: "low" } }, /level high/],
    ["no level", { context: undefined }, /level high/],
    ["a text for yes", { authorized: "true" }, /does not say/],
    ["recognition alone", { authorized: undefined, recognized: true }, /does not say/],
    ["no time", { time_evaluated: undefined }, /time_evaluated/],
    ["a local time", { time_evaluated: "2026-11-01T12:00:00+01:00" }, /time_evaluated/],
    ["a time long ago", { time_evaluated: "2026-10-31T12:00:00Z" }, /was evaluated at/],
    ["a time to come", { time_evaluated: "2026-11-01T13:00:00Z" }, /was evaluated at/],
  ])("is none with %s", (_, over, detail) => {
    expect(read(over)).toMatchObject({ reason: "refused", detail: expect.stringMatching(detail) })
  })

  it.each(["", "[]", "{", '{"authorized":true,"authorized":false}'])("is none in %j", (text) => {
    expect(readAnswer(Buffer.from(text), question, NOW, 60_000)).toMatchObject({ reason: "refused" })
  })
})

describe("a question", () => {
  it("goes where the query's name is below the URL, with the members of the schema", async () => {
    const sent: Array<Place> = []
    const get = async (place: Place) => {
      sent.push(place)
      return Buffer.from(JSON.stringify(said))
    }
    const options = { get, now: () => NOW, maxAgeMs: 60_000 }
    expect(await askRegistry(options, "https://registry.example/trqp", question)).toMatchObject({ holds: true })
    expect(sent[0]).toMatchObject({ host: "registry.example", path: "/trqp/authorization" })
    expect(JSON.parse(Buffer.from(sent[0]!.post!.body).toString())).toEqual({
      entity_id: question.entity,
      authority_id: question.authority,
      action: "issue",
      resource: question.resource,
      context: { assurance_level: "high" },
    })
    await askRegistry(options, "https://registry.example", { ...question, query: "recognition", level: null })
    expect(sent[1]!.path).toBe("/recognition")
    expect(JSON.parse(Buffer.from(sent[1]!.post!.body).toString())).not.toHaveProperty("context")
  })

  it("that the registry knows nothing of has no answer", async () => {
    const get = async () => ({ reason: "not_found", detail: "the server answers 404" }) as const
    expect(await askRegistry({ get, now: () => NOW, maxAgeMs: 1 }, "https://registry.example", question)).toMatchObject(
      {
        reason: "not_found",
      },
    )
  })
})
