import { describe, expect, it } from "vitest"
import { TokenBucket } from "../src/bucket.ts"

describe("a token bucket", () => {
  it("lets a burst through, then its rate", () => {
    const bucket = new TokenBucket(10, 5, 0)
    expect(bucket.take(5, 0)).toBe(0)
    expect(bucket.take(1, 0)).toBe(100)
    expect(bucket.take(1, 100)).toBe(0)
    expect(bucket.take(1, 100)).toBe(100)
  })

  it("holds no more than its burst, however long nobody takes", () => {
    const bucket = new TokenBucket(10, 5, 0)
    expect(bucket.take(5, 3_600_000)).toBe(0)
    expect(bucket.take(1, 3_600_000)).toBe(100)
  })

  it("takes all or nothing: a refusal costs nothing", () => {
    const bucket = new TokenBucket(10, 20, 0)
    expect(bucket.take(15, 0)).toBe(0)
    expect(bucket.take(6, 0)).toBe(100)
    expect(bucket.take(5, 0)).toBe(0)
  })

  it("gives more than the burst from a full bucket, which owes the rest", () => {
    const bucket = new TokenBucket(10, 5, 0)
    expect(bucket.take(50, 0)).toBe(0)
    expect(bucket.take(1, 1_000)).toBe(3_600)
  })

  it("charges nobody for a clock that was set back", () => {
    const bucket = new TokenBucket(10, 20, 3_600_000)
    expect(bucket.take(1, 3_600_000)).toBe(0)
    expect(bucket.take(1, 0)).toBe(0)
    expect(bucket.take(1, 100)).toBe(0)
  })
})
