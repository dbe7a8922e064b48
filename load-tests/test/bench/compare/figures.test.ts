import { describe, expect, it } from "vitest"
import { compared, embeddedFigures, kafkaFigures } from "../../../src/bench/compare/figures.ts"

describe("bench:compare", () => {
  it("takes the ratios of an embedded run to the mean of its two loops", () => {
    const figures = embeddedFigures({
      verifyOnly: [
        { perSecond: 900, cpuUsPerSignature: 90 },
        { perSecond: 1_100, cpuUsPerSignature: 110 },
      ],
      chained: [
        { devices: 10, perSecond: 500, processUs: 150 },
        { devices: 20, perSecond: 400, processUs: 160 },
      ],
      staged: { perSecond: 250, processUs: 200 },
    })
    expect(figures).toEqual({
      "verify only/s": 1_000,
      "chained, 10 devices / V": 0.5,
      "chained, 20 devices / V": 0.4,
      "staged / V": 0.25,
      "verify only, us of CPU": 100,
      "chained, 10 devices, us of CPU": 150,
      "chained, 20 devices, us of CPU": 160,
      "staged, us of CPU": 200,
    })
  })

  it("takes the medians of a run on Kafka, beside V and beside its floor", () => {
    const figures = kafkaFigures({
      verifyOnly: [{ perSecond: 1_000 }],
      results: [
        {
          topology: "chained",
          drains: [{ perSecond: 300 }, { perSecond: 900 }, { perSecond: 400 }],
          floor: [{ perSecond: 800 }],
        },
      ],
    })
    expect(figures).toEqual({ "verify only/s": 1_000, "chained / V": 0.4, "chained / its floor": 0.5 })
  })

  it("compares round by round, so that a machine which drifts changes nothing", () => {
    const rounds = [
      { old: { rate: 100 }, now: { rate: 110, onlyNew: 1 } },
      { old: { rate: 50 }, now: { rate: 60, onlyNew: 1 } },
      { old: { rate: 200 }, now: { rate: 200, onlyNew: 1 } },
    ]
    expect(compared(rounds)).toEqual([{ name: "rate", old: 100, now: 110, gain: 1.1, least: 1, greatest: 1.2 }])
  })
})
