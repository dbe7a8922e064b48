import { existsSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { isReservedKey } from "../src/stage.ts"
import { ASSURANCES, OUTCOMES, SERVICE_NAMES, STAGES, TRUST_STATES } from "../src/verdict.ts"

describe("the vocabulary", () => {
  it("has five stages in the order of the way of a message, each with its service", () => {
    expect(STAGES).toEqual(["identity", "credential", "integrity", "segmentation", "anomaly"])
    expect(Object.keys(SERVICE_NAMES)).toEqual([...STAGES])
    for (const [stage, service] of Object.entries(SERVICE_NAMES)) {
      expect(service.startsWith(`${stage}-`)).toBe(true)
      expect(existsSync(new URL(`../../../services/${service}/package.json`, import.meta.url))).toBe(true)
    }
  })

  it("orders assurances, weakest first: obligations name them by their place", () => {
    expect(ASSURANCES).toEqual(["none", "claimed", "software", "hardware"])
  })

  it("names no state or outcome twice", () => {
    for (const words of [TRUST_STATES, OUTCOMES, ASSURANCES, STAGES]) expect(new Set(words).size).toBe(words.length)
  })
})

describe("keys of state", () => {
  it("are a device's where they are DIDs, and a stage's own otherwise", () => {
    expect(isReservedKey("hardware/abc")).toBe(true)
    expect(isReservedKey("")).toBe(true)
    expect(isReservedKey("did:key:z6Mk")).toBe(false)
  })
})
