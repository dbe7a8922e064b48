import { inspect } from "node:util"
import { ConfigurationError } from "@assay/settings"
import { describe, expect, it } from "vitest"
import { readRegistry, registryAccess } from "../../src/log/registry.ts"

describe("the settings of the registry", () => {
  it("are none where nothing is set", () => {
    expect(readRegistry({})).toBeNull()
    expect(readRegistry({ SCHEMA_REGISTRY_URL: "" })).toBeNull()
  })

  it("come from the environment, or the call", () => {
    const env = {
      SCHEMA_REGISTRY_URL: "https://sr.example/api/",
      SCHEMA_REGISTRY_USER: "u",
      SCHEMA_REGISTRY_PASSWORD: "p:q",
    }
    const read = readRegistry(env)!
    expect(registryAccess(read)).toEqual({ url: "https://sr.example/api", user: "u", password: "p:q" })
    expect(`${JSON.stringify(read)} ${inspect(read, { depth: 9 })}`).not.toContain("p:q")
    expect(readRegistry(env, "http://127.0.0.1:8081")).toMatchObject({ url: "http://127.0.0.1:8081" })
  })

  it.each([
    [{ SCHEMA_REGISTRY_URL: "127.0.0.1:8081" }, "SCHEMA_REGISTRY_URL"],
    [{ SCHEMA_REGISTRY_URL: "ftp://sr.example" }, "must with http: or https:"],
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
    const read = (): unknown => readRegistry(env)
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow(says)
  })
})
