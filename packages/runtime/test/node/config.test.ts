import { describe, expect, it } from "vitest"
import { readConfiguration } from "../../src/node/config.ts"

describe("readConfiguration", () => {
  it("has a default for every key, on loopback", () => {
    expect(readConfiguration({})).toMatchObject({
      topology: "chained",
      httpHost: "127.0.0.1",
      httpPort: 7070,
      otlpEndpoint: null,
    })
  })

  it.each([
    ["ASSAY_HTTP_PORT", "abc"],
    ["ASSAY_HTTP_PORT", "70000"],
    ["ASSAY_TICK_MS", "0"],
    ["ASSAY_TOPOLOGY", "both"],
    ["ASSAY_BATCH_RECORDS", "1.5"],
  ])("names %s when it is %j", (key, value) => {
    expect(() => readConfiguration({ [key]: value })).toThrow(key)
  })
})
