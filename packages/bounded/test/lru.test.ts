import { describe, expect, it } from "vitest"
import { Lru } from "../src/lru.ts"

describe("Lru", () => {
  it("forgets what was used longest ago", () => {
    const cache = new Lru<number>(2)
    cache.set("a", 1)
    cache.set("b", 2)
    expect(cache.get("a")).toBe(1)
    cache.set("c", 3)
    expect(cache.get("b")).toBeUndefined()
    expect(cache.get("a")).toBe(1)
    expect(cache.size).toBe(2)
  })
})
