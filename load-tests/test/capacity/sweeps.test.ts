/** The model beside the sweeps that are committed with the figures: real processes on a real broker, on a machine that was idle. */
import { readFileSync } from "node:fs"
import { readMeasured, type Topology } from "@assay/cli/capacity"
import { describe, expect, it } from "vitest"
import type { RateResult } from "../../src/bench/knee.ts"
import { modelledOf } from "../../src/capacity/costs.ts"

interface Sweeps {
  readonly shape: { readonly devices: number; readonly partitions: number }
  readonly results: ReadonlyArray<{
    readonly topology: Topology
    readonly sweep: { readonly rates: ReadonlyArray<RateResult> } | null
  }>
}

const FILE = new URL("../../../docs/performance/data/bench-kafka.json", import.meta.url)
const { shape, results } = JSON.parse(readFileSync(FILE, "utf8")) as Sweeps
const measured = readMeasured(null)

const errorsOf = (topology: "chained" | "staged") =>
  results
    .find((one) => one.topology === topology)!
    .sweep!.rates.map(({ offered, cores }) => {
      const { broker, ...own } = cores
      const seen = Object.values(own).reduce<number>((sum, one) => sum + (one ?? 0), 0)
      const size = { devices: shape.devices, rate: offered / shape.devices, topology, partitions: shape.partitions }
      const model = modelledOf(measured, size)
      return {
        offered,
        services: model["cores of services"] / seen - 1,
        broker: model["cores of the broker"] / broker! - 1,
      }
    })

describe("cores by the model and as they were measured", () => {
  it("chained, four rates of which two were not fitted to: services within 15 %", () => {
    const errors = errorsOf("chained").filter(({ offered }) => offered < 7_000)
    expect(errors).toHaveLength(4)
    for (const { services } of errors) expect(Math.abs(services)).toBeLessThan(0.15)
  })

  it("staged, the rate that was fitted to", () => {
    const [first] = errorsOf("staged")
    expect(Math.abs(first!.services)).toBeLessThan(0.15)
    expect(Math.abs(first!.broker)).toBeLessThan(0.15)
  })
})
