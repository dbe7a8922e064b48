/** The simulation beside the runs that are committed with it, none of which its times were taken from. */
import { describe, expect, it } from "vitest"
import { readCheck, readEmbedded, smallRuns } from "../../src/simulate/small-runs.ts"

const DATA = new URL("../../../docs/performance/data/", import.meta.url).pathname
/** What is aimed at; half of the machine and more was busy in all of these runs, and in some nearly all of it. */
const AIM = 0.25
const BOUND = 0.55

describe("latency as it was measured", () => {
  const compared = smallRuns(
    readCheck(`${DATA}capacity-check-warm.json`),
    readEmbedded(`${DATA}load-embedded-chained.json`),
    "assay",
  )
  const errors = compared.map(({ theory, simulated }) => Math.abs(simulated / theory - 1))

  it("three sizes of each topology on Kafka and a rate of the embedded log, each by median and 99th percentile", () => {
    expect(compared.filter(({ what }) => what.startsWith("Kafka"))).toHaveLength(12)
    expect(compared.filter(({ what }) => what.startsWith("embedded"))).toHaveLength(2)
  })

  it("each within 55 %, and two thirds of them within a quarter", () => {
    for (const error of errors) expect(error).toBeLessThan(BOUND)
    expect(errors.filter((error) => error <= AIM).length).toBeGreaterThanOrEqual(Math.ceil((2 / 3) * errors.length))
  })
})
