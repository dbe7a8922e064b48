import { describe, expect, it } from "vitest"
import { Quota } from "../../src/core/quota.ts"

describe("a quota", () => {
  it("refills with time, and says how long that takes", () => {
    const quota = new Quota(10, 20)
    expect(quota.take("a", 20, 1_000)).toBe(0)
    expect(quota.take("a", 5, 1_000)).toBe(500)
    expect(quota.take("b", 20, 1_000)).toBe(0)
    expect(quota.take("a", 5, 1_500)).toBe(0)
  })

  it("charges nobody for a clock that was set back", () => {
    const quota = new Quota(10, 20)
    expect(quota.take("a", 1, 3_600_000)).toBe(0)
    expect(quota.take("a", 1, 0)).toBe(0)
    expect(quota.take("a", 1, 100)).toBe(0)
  })

  it("lets a burst through, then its rate, for each principal apart", () => {
    const quota = new Quota(10, 5)
    expect(quota.take("a", 5, 0)).toBe(0)
    expect(quota.take("a", 1, 0)).toBe(100)
    expect(quota.take("b", 1, 0)).toBe(0)
    expect(quota.take("a", 1, 100)).toBe(0)
    expect(quota.take("a", 1, 100)).toBe(100)
  })

  it("takes a request larger than the burst when the bucket is full, and then waits it out", () => {
    const quota = new Quota(10, 5)
    expect(quota.take("a", 50, 0)).toBe(0)
    expect(quota.take("a", 1, 1000)).toBeGreaterThan(0)
  })
})
