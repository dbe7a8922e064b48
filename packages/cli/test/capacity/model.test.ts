import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readMeasured, readPrices } from "../../src/capacity/inputs.ts"
import { costOf, type Demand, needOf } from "../../src/capacity/model.ts"

const MEASURED = readMeasured(null)
const PRICES = readPrices(null)
const DEMAND: Demand = { devices: 1e7, rate: 1 / 60, retention: 90, topology: "staged", replicas: 3, use: 0.6 }

const demands = fc.record({
  devices: fc.integer({ min: 1, max: 1e9 }),
  rate: fc.double({ min: 1e-5, max: 100, noNaN: true }),
  retention: fc.integer({ min: 1, max: 3_650 }),
  topology: fc.constantFrom("staged" as const, "chained" as const),
  replicas: fc.integer({ min: 1, max: 9 }),
  use: fc.double({ min: 0.05, max: 1, noNaN: true }),
})

/** All that is needed, and what it costs a month, as one row of numbers. */
const sizes = (demand: Demand): ReadonlyArray<number> => {
  const { coresByService, ...need } = needOf(MEASURED, demand)
  const months = PRICES.map((prices) => costOf(prices, { ...need, coresByService }, demand).month)
  return [...Object.values(need), ...Object.values(coresByService), ...months]
}

describe("the model", () => {
  it.each(["devices", "rate", "retention", "replicas"] as const)("never needs or costs less with more %s", (input) => {
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 50 }), (demand, times) => {
        const less = sizes(demand)
        const more = sizes({ ...demand, [input]: demand[input] * times })
        for (const [place, size] of less.entries()) expect(more[place]!).toBeGreaterThanOrEqual(size * (1 - 1e-12))
      }),
    )
  })

  it("never needs or costs more where more of a machine is used", () => {
    fc.assert(
      fc.property(demands, fc.double({ min: 1, max: 20, noNaN: true }), (demand, times) => {
        const less = sizes(demand)
        const more = sizes({ ...demand, use: Math.min(1, demand.use * times) })
        for (const [place, size] of less.entries()) expect(more[place]!).toBeLessThanOrEqual(size * (1 + 1e-12))
      }),
    )
  })

  it("is what the measured figures make of it", () => {
    const need = needOf(MEASURED, DEMAND)
    expect(need.messagesPerSecond).toBeCloseTo(166_667, 0)
    expect(need.coresByService["identity-resolver"]).toBeCloseTo((166_666.67 * 166e-6) / 0.6, 1)
    expect(need.redis).toBe((1e7 * 900) / 0.6)
    const daily = (1e7 / 60) * 86_400
    const kept = daily * (261 * 7 + 1_273 * 3 + 310 * 90 + 203 + 67 * 90) + 1e7 * 1_770
    expect(need.disk / ((kept * 3) / 0.6)).toBeCloseTo(1, 9)
  })

  it("chained needs no topics between the stages, and fewer cores", () => {
    const [staged, chained] = [needOf(MEASURED, DEMAND), needOf(MEASURED, { ...DEMAND, topology: "chained" })]
    expect(chained.disk).toBeLessThan(staged.disk)
    expect(chained.cores + chained.brokerCores).toBeLessThan(staged.cores + staged.brokerCores)
  })

  it("has more brokers where disks are what runs out", () => {
    const brokers = (retention: number): number => {
      const demand = { ...DEMAND, retention }
      return costOf(PRICES[0]!, needOf(MEASURED, demand), demand).machines.brokers
    }
    expect(brokers(90)).toBe(Math.ceil(needOf(MEASURED, DEMAND).disk / (16_384 * 2 ** 30)))
    expect(brokers(900)).toBeGreaterThan(5 * brokers(90))
  })

  it("a million messages cost what the month costs, shared", () => {
    for (const prices of PRICES) {
      const { month, millionMessages } = costOf(prices, needOf(MEASURED, DEMAND), DEMAND)
      expect((millionMessages * (1e7 / 60) * 730 * 3_600) / 1e6 / month).toBeCloseTo(1, 9)
    }
  })
})
