import { describe, expect, it } from "vitest"
import { findKnee, isSustained, LIMITS, type RateResult } from "../../src/bench/knee.ts"

const SECONDS = 10

const result = (offered: number, more: Partial<RateResult> = {}): RateResult => ({
  offered,
  decided: offered,
  count: offered * SECONDS,
  ...{ p50: 5, p90: 10, p99: 20, p999: 40, max: 50 },
  backlogMiddle: 10,
  backlogEnd: 10,
  finished: true,
  cores: {},
  ...more,
})

describe("isSustained", () => {
  it.each([
    ["in time, no backlog", {}, true],
    ["p99 at the limit", { p99: LIMITS.p99 }, true],
    ["p99 above it", { p99: LIMITS.p99 + 1 }, false],
    ["a backlog that stands", { backlogMiddle: 900, backlogEnd: 900 }, true],
    ["a backlog that grows by a little", { backlogEnd: 10 + 1_000 * 5 * 0.05 }, true],
    ["a backlog that grows without end", { backlogEnd: 11 + 1_000 * 5 * 0.05 }, false],
    ["messages that were never decided", { finished: false }, false],
  ] as const)("%s", (_name, more, expected) => {
    expect(isSustained(result(1_000, more), SECONDS)).toBe(expected)
  })
})

describe("findKnee", () => {
  /** A target that keeps up to a capacity. */
  const target = (capacity: number) => {
    const asked: Array<number> = []
    const measure = async (rate: number): Promise<RateResult> => {
      asked.push(rate)
      return result(rate, rate > capacity ? { p99: 5_000 } : {})
    }
    return { asked, measure }
  }
  const sweep = (capacity: number, refinements: number) => {
    const { asked, measure } = target(capacity)
    return { asked, found: findKnee({ rates: [100, 200, 400, 800], refinements, seconds: SECONDS, measure }) }
  }

  it("stops at the first rate that is not sustained, and halves the gap", async () => {
    const { asked, found } = sweep(330, 2)
    expect(await found).toMatchObject({ knee: 300, bounded: true })
    expect(asked).toEqual([100, 200, 400, 300, 350])
    expect((await found).rates.map(({ offered }) => offered)).toEqual([100, 200, 300, 350, 400])
  })

  it("looks below the lowest where even that was too much", async () => {
    expect(await sweep(60, 2).found).toMatchObject({ knee: 50, bounded: true })
    expect(await sweep(1, 1).found).toMatchObject({ knee: null, bounded: true })
  })

  it("says where it found none", async () => {
    const { asked, found } = sweep(10_000, 3)
    expect(await found).toMatchObject({ knee: 800, bounded: false })
    expect(asked).toHaveLength(4)
  })
})
