import { describe, expect, it } from "vitest"
import { accessFor, parseTokens } from "../../src/http/access.ts"

const DIGEST = "a".repeat(64)

describe("access", () => {
  it("is open on loopback without grants only", () => {
    expect(accessFor("127.0.0.1", [], []).open).toBe(true)
    expect(accessFor("127.0.0.1", parseTokens(`gw:submit:${DIGEST}`), []).open).toBe(false)
    expect(() => accessFor("0.0.0.0", [], [])).toThrow("ASSAY_HTTP_TOKENS")
  })

  it.each([
    ["gw", "entry 1"],
    [`gw:fly:${DIGEST}`, "entry 1"],
    ["gw:submit:abc", "entry 1"],
    [`gw:submit:${DIGEST},x`, "entry 2"],
  ])("names the bad entry of %j", (text, named) => {
    expect(() => parseTokens(text)).toThrow(named)
  })

  it("reads several rights", () => {
    expect(parseTokens(`ops:read+admin:${DIGEST}`)).toEqual([
      { principal: "ops", rights: ["read", "admin"], sha256: DIGEST },
    ])
  })
})
