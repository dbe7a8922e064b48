import { type Costs, loadedOf, type Measured, readMeasured } from "@assay/cli/capacity"
import { describe, expect, it } from "vitest"
import { costsOf, modelledOf, observedOf, QUANTITIES } from "../../src/capacity/costs.ts"
import { fitOf } from "../../src/capacity/fit.ts"
import type { Observed } from "../../src/capacity/observe.ts"

const RUNS = [
  { messages: 0, commits: 40, idle: 20, partition: 0 },
  { messages: 800, commits: 590, idle: 20, partition: 0 },
  { messages: 14_000, commits: 800, idle: 20, partition: 0 },
] as const

describe("fitOf", () => {
  it.each([
    [100, 1_000, 5_000],
    [0.5, 2_000, 20_000],
    [300, 1, 10],
  ])("finds the costs that runs were made of: %d, %d, %d", (message, commit, idle) => {
    const cost = (run: (typeof RUNS)[number]): number => run.messages * message + run.commits * commit + run.idle * idle
    const found = fitOf(RUNS.map((run) => ({ ...run, cost: cost(run) })))
    for (const run of RUNS) {
      const said = run.messages * found.message + run.commits * found.commit + run.idle * found.idle
      expect(said / cost(run)).toBeCloseTo(1, 3)
    }
  })

  it("tells what a partition costs from what a process does, where one run has more of them", () => {
    const costs = { message: 120, commit: 4_000, idle: 30_000, partition: 9_000 }
    const runs = [
      ...RUNS.map((run) => ({ ...run, partition: 40 })),
      { messages: 0, commits: 80, idle: 20, partition: 80 },
    ].map((run) => ({
      ...run,
      cost:
        run.messages * costs.message +
        run.commits * costs.commit +
        run.idle * costs.idle +
        run.partition * costs.partition,
    }))
    for (const [name, value] of Object.entries(fitOf(runs)))
      expect(value / costs[name as keyof typeof costs]).toBeCloseTo(1, 3)
  })

  it("says no cost below 0 where runs would have it so", () => {
    const found = fitOf(RUNS.map((run, nth) => ({ ...run, cost: [5_000, 100, 90_000][nth]! })))
    for (const one of Object.values(found)) expect(one).toBeGreaterThanOrEqual(0)
  })

  it("says 0 where nothing cost anything", () => {
    expect(fitOf(RUNS.map((run) => ({ ...run, cost: 0 })))).toEqual({ message: 0, commit: 0, idle: 0 })
  })
})

const measured = readMeasured(null)
const linear = (of: Costs["broker"], run: Observed, idle: number, partition = 0): number =>
  of.message * run.messages +
  of.commit * loadedOf(run.commits / run.seconds, run.partitions) * run.seconds +
  of.idle * idle +
  (of.partition ?? 0) * partition

/** A run that costs exactly what the figures of the repository say. */
const runOf = (
  costs: Costs,
  shape: Pick<Observed, "messages" | "commits" | "seconds" | "partitions" | "reference">,
) => {
  const run = { ...shape } as Observed
  const slow = shape.reference / 100
  const cpu = (of: Costs["broker"]): number => linear(of, run, run.seconds, run.seconds * run.partitions) * slow
  const bytes = (of: Costs["broker"]): number => linear(of, run, run.seconds * run.partitions)
  return {
    ...shape,
    services: Object.fromEntries(Object.entries(costs.services).map(([name, one]) => [name, cpu(one)])),
    broker: cpu(costs.broker),
    disk: Object.fromEntries(Object.entries(costs.disk).map(([part, one]) => [part, bytes(one)])) as Observed["disk"],
    network: bytes(costs.network),
    // Others used the machine, so that the reference counts.
    ...{ perSecond: shape.messages / shape.seconds, busy: 2, others: 1, generator: 0, waits: {}, latency: null },
  } satisfies Observed
}

describe("the check", () => {
  it("finds the model right where a deployment costs what the model says, however slow the machine is", () => {
    const { staged } = measured
    const runs = [
      { messages: 0, commits: 40, seconds: 20, partitions: 2, reference: 100 },
      { messages: 800, commits: 600, seconds: 20, partitions: 2, reference: 150 },
      { messages: 14_000, commits: 800, seconds: 20, partitions: 2, reference: 170 },
    ].map((shape) => runOf(staged, shape))
    const model: Measured = { ...measured, staged: costsOf(runs, 100) }
    const size = { devices: 1_000, rate: 0.4, topology: "staged" as const, partitions: 4 }
    const expected = modelledOf(model, size)
    // 401 entries a second in 4 partitions: 18.1 commits a second of each: 50 ms, what lies between, and the rests.
    const run = runOf(staged, { messages: 8_000, commits: 4 * 20 * 18.1, seconds: 20, partitions: 4, reference: 130 })
    const seen = observedOf(run, 100)
    for (const what of QUANTITIES) expect(Math.abs(expected[what] / seen[what] - 1)).toBeLessThan(0.05)
  })
})
