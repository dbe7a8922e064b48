/** The costs that users get are those of the runs that the guide shows, and the model has with them the errors that it shows. */
import { readFileSync } from "node:fs"
import { readMeasured, type Topology } from "@assay/cli/capacity"
import { describe, expect, it } from "vitest"
import { modelledOf, observedOf, QUANTITIES } from "../../src/capacity/costs.ts"
import { FILES, readBench, readRuns } from "../../src/capacity/write.ts"
import { type CheckRun, measuredOf } from "../../src/capacity/written.ts"

interface Rows {
  readonly rows: ReadonlyArray<{ readonly size: string; readonly what: string; readonly measured: number }>
}

const RUNS = readRuns(FILES.runs) as ReadonlyArray<CheckRun & Rows>
const MEASURED = readMeasured(null)

/** The runs of a topology that were compared, with the devices of their deployments. */
const comparedOf = (topology: Topology) => {
  const { found, rows } = RUNS.find((run) => (run.of ?? topology) === topology && run.found[topology] !== undefined)!
  const devices = rows
    .filter(({ size, what }) => size.startsWith(`${topology}, `) && what === QUANTITIES[0])
    .map(({ size }) => Number(/, (\d+) devices/.exec(size)![1]))
  return found[topology]!.runs.map((run, nth) => ({ run, devices: devices[nth]! }))
}

const errorsOf = (topology: Topology): ReadonlyArray<number> =>
  comparedOf(topology).flatMap(({ run, devices }) => {
    const { messages, seconds, partitions, reference } = run
    const rate = messages / seconds / devices
    const [model, seen] = [modelledOf(MEASURED, { devices, rate, topology, partitions }), observedOf(run, reference)]
    return QUANTITIES.map((what) => model[what] / seen[what] - 1)
  })

const memoryErrors = (): ReadonlyArray<number> =>
  RUNS[0]!.rows
    .filter(({ what }) => what === "memory of them")
    .map(
      ({ size, measured }) =>
        (MEASURED.device.base + Number.parseInt(size, 10) * MEASURED.device.memory) / measured - 1,
    )

describe("the measured costs of the repository", () => {
  it("are what npm run capacity:write makes of the kept runs", () => {
    const kept = JSON.parse(readFileSync(FILES.out, "utf8"))
    expect(measuredOf(kept, RUNS, readBench(FILES.bench))).toEqual(kept)
    expect([kept.chained.commit, kept.staged.commit]).toEqual(["da1f8e2cc98a+", "a4c961f21987"])
  })

  it("are right by as much as the guide says: 30 of 33 within 15 %, all within 20 %", () => {
    const errors = [...errorsOf("chained"), ...errorsOf("staged"), ...memoryErrors()].map(Math.abs)
    expect(errors).toHaveLength(33)
    expect(errors.filter((error) => error < 0.15)).toHaveLength(30)
    expect(Math.max(...errors)).toBeLessThan(0.2)
  })
})
