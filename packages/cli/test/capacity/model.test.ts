import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readMeasured, readPrices } from "../../src/capacity/inputs.ts"
import { at, commitsOf, costOf, type Demand, fullOf, needOf } from "../../src/capacity/model.ts"

const MEASURED = readMeasured(null)
const PRICES = readPrices(null)
const DEMAND: Demand = {
  devices: 1e7,
  rate: 1 / 60,
  retention: 90,
  topology: "staged",
  replicas: 3,
  use: 0.6,
  partitions: null,
  instances: 2,
}

const demands = fc.record({
  devices: fc.integer({ min: 1, max: 1e9 }),
  rate: fc.double({ min: 1e-5, max: 100, noNaN: true }),
  retention: fc.integer({ min: 1, max: 3_650 }),
  topology: fc.constantFrom("staged" as const, "chained" as const),
  replicas: fc.integer({ min: 1, max: 9 }),
  use: fc.double({ min: 0.05, max: 1, noNaN: true }),
  partitions: fc.option(fc.integer({ min: 1, max: 5_000 })),
  instances: fc.integer({ min: 1, max: 50 }),
})

/** All that is needed, and what it costs a month, as one row of numbers. */
const sizes = (demand: Demand): ReadonlyArray<number> => {
  const { coresByService, ...need } = needOf(MEASURED, demand)
  const months = PRICES.map((prices) => costOf(prices, { ...need, coresByService }, demand).month)
  return [...Object.values(need), ...Object.values(coresByService), ...months]
}

describe("the model", () => {
  it.each(["devices", "rate", "retention", "replicas", "instances"] as const)(
    "never needs or costs less with more %s",
    (input) => {
      fc.assert(
        fc.property(demands, fc.integer({ min: 1, max: 50 }), (demand, times) => {
          const less = sizes(demand)
          const more = sizes({ ...demand, [input]: demand[input] * times })
          for (const [place, size] of less.entries()) expect(more[place]!).toBeGreaterThanOrEqual(size * (1 - 1e-12))
        }),
      )
    },
  )

  it("never needs or costs more where more of a machine is used", () => {
    fc.assert(
      fc.property(demands, fc.double({ min: 1, max: 20, noNaN: true }), (demand, times) => {
        const less = sizes(demand)
        const more = sizes({ ...demand, use: Math.min(1, demand.use * times) })
        for (const [place, size] of less.entries()) expect(more[place]!).toBeLessThanOrEqual(size * (1 + 1e-12))
      }),
    )
  })

  it("never needs or costs less with more partitions", () => {
    fc.assert(
      fc.property(
        demands,
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 50 }),
        (demand, few, times) => {
          const less = sizes({ ...demand, partitions: few })
          const more = sizes({ ...demand, partitions: few * times })
          for (const [place, size] of less.entries()) expect(more[place]!).toBeGreaterThanOrEqual(size * (1 - 1e-12))
        },
      ),
    )
  })

  it("is what the measured figures make of it", () => {
    const need = needOf(MEASURED, DEMAND)
    const perSecond = 1e7 / 60
    expect(need.messagesPerSecond).toBeCloseTo(perSecond, 0)
    const { services, disk } = MEASURED.staged
    const { message, commit, idle, partition = 0, more } = services["identity-resolver"]!
    // What ticks alone commit is part of what a partition costs.
    const loadedIn = (partitions: number): number =>
      partitions * (commitsOf(perSecond / partitions + 1, 0.005) - commitsOf(1, 0.005))
    /** Microseconds a second of the messages of the stage that has most to do. */
    const busy = (partitions: number): number => {
      const few = more!.beyond * loadedIn(partitions)
      return few * message + (perSecond - few) * more!.message
    }
    expect(busy(need.partitions) / need.partitions).toBeLessThanOrEqual(600_000)
    expect(busy(need.partitions - 1) / (need.partitions - 1)).toBeGreaterThan(600_000)
    expect(need.commitsPerSecond).toBe(need.partitions * commitsOf(perSecond / need.partitions + 1, 0.005))
    const loaded = loadedIn(need.partitions)
    const cores = (busy(need.partitions) + loaded * commit + 2 * idle + need.partitions * partition) / 1e6 / 0.6
    expect(need.coresByService["identity-resolver"]! / cores).toBeCloseTo(1, 9)
    expect(need.redis).toBe((1e7 * 900) / 0.6)
    const daily = (part: keyof typeof disk): number =>
      86_400 * (perSecond * disk[part].message + loaded * disk[part].commit + need.partitions * disk[part].idle)
    const kept =
      daily("submitted") * 7 + daily("stages") * 3 + daily("outputs") * 90 + daily("changelog") + daily("evidence") * 90
    expect(need.disk / (((kept + 1e7 * MEASURED.device.rows) * 3) / 0.6)).toBeCloseTo(1, 9)
  })

  it("commits each message while few come, each 50 ms while more do, and full batches above", () => {
    expect(commitsOf(0.1)).toBeCloseTo(0.1, 2)
    expect(commitsOf(20)).toBeCloseTo(1 / (0.05 + Math.exp(-1) / 20), 9)
    expect(commitsOf(1_000)).toBeCloseTo(20, 9)
    expect(commitsOf(10_240)).toBeCloseTo(40, 9)
    expect(commitsOf(1_000, 0.005)).toBeCloseTo(1 / 0.055, 9)
    expect(commitsOf(20, 0.005)).toBeCloseTo(1 / (0.055 + Math.exp(-1) / 20), 9)
  })

  it("takes for messages that share a full commit what they cost there, and for those of little ones what those cost", () => {
    const cost = { message: 300, commit: 5_000, idle: 0, more: { beyond: 10, message: 100 } }
    expect(at(cost, 1_000, 100, 0)).toBe(1_000 * 300 + 100 * 5_000)
    expect(at(cost, 1_000, 20, 0)).toBe(200 * 300 + 800 * 100 + 20 * 5_000)
    expect(at(fullOf(cost), 1_000, 20, 0)).toBe(at(cost, 1_000, 20, 0))
    expect(fullOf({ message: 300, commit: 5_000, idle: 7 })).toEqual({ message: 300, commit: 5_000, idle: 7 })
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
