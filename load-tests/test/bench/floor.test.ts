import { changelogOf, STREAMS } from "@assay/streams"
import { describe, expect, it } from "vitest"
import { Portion, planFloor } from "../../src/bench/floor/plan.ts"
import { leftByFloor } from "../../src/bench/ratios.ts"
import { writtenStreams } from "../../src/bench/window.ts"

describe("Portion", () => {
  it("carries fractions over, so that the sum is right", () => {
    const portion = new Portion(0.3)
    const counts = Array.from({ length: 10 }, () => portion.of(7))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(21)
    expect(new Portion(2).of(5)).toBe(10)
    expect(new Portion(0).of(5)).toBe(0)
  })
})

const written = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([stream, records]) => ({ stream, records, bytes: records * 10, from: [0, 0] }))

describe("planFloor", () => {
  it("has one hop for a chained pipeline, which writes what it wrote", () => {
    const counts = {
      [STREAMS.verified]: 90,
      [STREAMS.audit]: 101,
      [changelogOf("chained")]: 30,
      [STREAMS.rejected]: 10,
    }
    const hops = planFloor("chained", 100, written({ ...counts, [STREAMS.annotated]: 0 }))
    expect(hops).toHaveLength(1)
    expect(hops[0]).toMatchObject({ group: "chained", input: STREAMS.submitted })
    expect(hops[0]!.outputs.map(({ stream, ratio }) => [stream, ratio])).toEqual([
      [STREAMS.verified, 0.9],
      [STREAMS.audit, 1.01],
      [changelogOf("chained"), 0.3],
      [STREAMS.rejected, 0.1],
    ])
  })

  it("has five for a staged one, each passing on one for one what it read", () => {
    const counts = Object.fromEntries(writtenStreams("staged").map((stream) => [stream, 50]))
    const hops = planFloor("staged", 100, written(counts))
    expect(hops.map(({ input }) => input)).toEqual([
      STREAMS.submitted,
      STREAMS.identified,
      STREAMS.checked,
      STREAMS.hashed,
      STREAMS.segmented,
    ])
    const ratios = hops.map(({ outputs }) => Object.fromEntries(outputs.map(({ stream, ratio }) => [stream, ratio])))
    const [own, next, rejected] = [changelogOf("identity-resolver"), STREAMS.identified, STREAMS.rejected]
    expect(ratios[0]).toEqual({ [next]: 1, [own]: 0.5, [rejected]: 0.5 })
    expect(ratios[2]).toEqual({ [STREAMS.hashed]: 1, [changelogOf("integrity-hasher")]: 0.5 })
    expect(Object.keys(ratios[4]!).sort()).toEqual(
      [
        changelogOf("anomaly-quarantine"),
        STREAMS.verified,
        STREAMS.annotated,
        STREAMS.quarantined,
        STREAMS.audit,
      ].sort(),
    )
    const all = hops.flatMap(({ outputs }) => outputs.map(({ stream }) => stream))
    expect([...all].sort()).toEqual([...writtenStreams("staged")].sort())
  })
})

it("what a floor leaves is less than either rate", () => {
  expect(leftByFloor(20_000, 20_000)).toBe(10_000)
  expect(leftByFloor(20_000, Number.POSITIVE_INFINITY)).toBe(20_000)
})
