import { describe, expect, it } from "vitest"
import { registrySettings, SchemaRegistryError, STREAM_SCHEMAS, subjectsOf } from "../../src/registry/index.ts"

describe("the settings of the registry", () => {
  it("are none where nothing is set", () => {
    expect(registrySettings({})).toBeNull()
    expect(registrySettings({ SCHEMA_REGISTRY_URL: "" })).toBeNull()
  })

  it("come from the environment, or the call", () => {
    const env = {
      SCHEMA_REGISTRY_URL: "https://sr.example/api/",
      SCHEMA_REGISTRY_USER: "u",
      SCHEMA_REGISTRY_PASSWORD: "p:q",
    }
    expect(registrySettings(env)).toEqual({ url: "https://sr.example/api", user: "u", password: "p:q" })
    expect(registrySettings(env, "http://127.0.0.1:8081")).toMatchObject({ url: "http://127.0.0.1:8081" })
  })

  it.each([
    [{ SCHEMA_REGISTRY_URL: "127.0.0.1:8081" }, "SCHEMA_REGISTRY_URL"],
    [{ SCHEMA_REGISTRY_URL: "kafka" }, "SCHEMA_REGISTRY_URL"],
    [{ SCHEMA_REGISTRY_URL: "http://u:p@sr.example" }, "SCHEMA_REGISTRY_USER"],
    [{ SCHEMA_REGISTRY_URL: "http://sr.example?x=1" }, "no query"],
    [{ SCHEMA_REGISTRY_URL: "http://sr.example", SCHEMA_REGISTRY_USER: "u" }, "SCHEMA_REGISTRY_PASSWORD is missing"],
    [{ SCHEMA_REGISTRY_URL: "http://sr.example", SCHEMA_REGISTRY_PASSWORD: "p" }, "SCHEMA_REGISTRY_USER is missing"],
    [
      { SCHEMA_REGISTRY_URL: "http://sr.example", SCHEMA_REGISTRY_USER: "a:b", SCHEMA_REGISTRY_PASSWORD: "p" },
      "holds a colon",
    ],
  ])("%j is refused by name", (env, says) => {
    const read = (): unknown => registrySettings(env)
    expect(read).toThrow(SchemaRegistryError)
    expect(read).toThrow(says)
  })
})

describe("subjects", () => {
  const streams = Object.fromEntries(Object.keys(STREAM_SCHEMAS).map((key) => [key, `s.${key}.v1`])) as Record<
    keyof typeof STREAM_SCHEMAS,
    string
  >

  it("are named after the topic, and audit streams stay readable both ways", () => {
    const subjects = subjectsOf(streams, "plant1.")
    expect(subjects).toHaveLength(12)
    expect(subjects[0]).toEqual({
      stream: "s.submitted.v1",
      subject: "plant1.s.submitted.v1-value",
      schema: "entry",
      compatibility: "BACKWARD_TRANSITIVE",
    })
    expect(
      subjects.filter(({ compatibility }) => compatibility === "FULL_TRANSITIVE").map(({ schema }) => schema),
    ).toEqual(["audit-event", "checkpoint"])
  })
})
