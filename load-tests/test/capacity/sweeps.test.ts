/**
 * The model beside the sweeps that are committed with the figures (2026-11-23, nothing sealed): rates that its costs were not
 * fitted to. It must not size too little there, and what is full must not be taken for twice what it is.
 */
import { readFileSync } from "node:fs"
import { type Linear, type Measured, readMeasured, type Topology } from "@assay/cli/capacity"
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

/** Up to the highest rate with which the deployment kept up. */
const errorsOf = (topology: Topology, upTo: number, costs: Measured = measured) =>
  results
    .find((one) => one.topology === topology)!
    .sweep!.rates.filter(({ offered }) => offered <= upTo)
    .map(({ offered, cores }) => {
      const { broker, ...own } = cores
      const seen = Object.values(own).reduce<number>((sum, one) => sum + (one ?? 0), 0)
      const size = { devices: shape.devices, rate: offered / shape.devices, topology, partitions: shape.partitions }
      const model = modelledOf(costs, size)
      return {
        offered,
        services: model["cores of services"] / seen - 1,
        broker: model["cores of the broker"] / broker! - 1,
      }
    })

describe("cores by the model and in sweeps of a deployment that seals nothing", () => {
  it("chained, up to 6,455 messages a second: services 20 to 60 % more", () => {
    const errors = errorsOf("chained", 6_455)
    expect(errors).toHaveLength(4)
    for (const { services, broker } of errors) {
      expect(services).toBeGreaterThan(0.2)
      expect(services).toBeLessThan(0.6)
      expect(broker).toBeGreaterThan(-0.05)
      expect(broker).toBeLessThan(0.6)
    }
  })

  it("staged, up to 1,612 messages a second: services 30 to 90 % more", () => {
    const errors = errorsOf("staged", 1_612)
    expect(errors).toHaveLength(3)
    for (const { services } of errors) {
      expect(services).toBeGreaterThan(0.3)
      expect(services).toBeLessThan(0.9)
    }
  })

  it("would take the highest rate for more than twice what it was, by the costs of little commits alone", () => {
    const little = ({ more, ...cost }: Linear): Linear => cost
    const services = Object.fromEntries(
      Object.entries(measured.chained.services).map(([name, cost]) => [name, little(cost)]),
    )
    const costs = { ...measured, chained: { ...measured.chained, services } }
    expect(errorsOf("chained", 6_455, costs).at(-1)!.services).toBeGreaterThan(1)
  })
})
