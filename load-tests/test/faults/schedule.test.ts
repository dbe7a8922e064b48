/** The schedule of faults follows from its seed, and a short one has many kinds. */
import { describe, expect, it } from "vitest"
import { sumOf } from "../../src/faults/process-counters.ts"
import { FAULTS, type FaultKind, scheduleOf } from "../../src/faults/schedule.ts"

const kinds = Object.keys(FAULTS) as ReadonlyArray<FaultKind>
const of = (seed: string, rounds: number) => scheduleOf({ seed, rounds, kinds, timeoutMs: 4_000 })

describe("the schedule of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(of("a", 50)).toEqual(of("a", 50))
    expect(of("a", 50)).not.toEqual(of("b", 50))
  })

  it("begins as a longer one with the same seed does", () => {
    expect(of("a", 60).slice(0, 20)).toEqual(of("a", 20))
  })

  it("has every kind as soon as there are as many rounds, and often in a hundred", () => {
    const hit = (rounds: number) => of("c", rounds).flatMap(({ faults }) => faults.map(({ kind }) => kind))
    expect(new Set(hit(kinds.length))).toEqual(new Set(kinds))
    for (const kind of kinds) expect(hit(100).filter((one) => one === kind).length).toBeGreaterThanOrEqual(6)
  })

  it("injects at least one and at most three times a round, never twice at all of one thing", () => {
    for (const { faults } of of("d", 500)) {
      expect(faults.length).toBeGreaterThan(0)
      expect(faults.length).toBeLessThanOrEqual(3)
      expect(faults[0]!.at).toBe(0)
      expect(faults.filter(({ kind }) => kind.startsWith("broker")).length).toBeLessThanOrEqual(1)
    }
  })

  it("lets processes sleep beyond session and transaction", () => {
    const asleep = of("e", 200)
      .flatMap(({ faults }) => faults)
      .filter(({ kind }) => /pause/.test(kind) && kind !== "broker-pause")
    expect(asleep.length).toBeGreaterThan(20)
    for (const { forMs } of asleep) expect(forMs).toBeGreaterThan(4_000)
  })
})

describe("counters of a process", () => {
  it("are summed over their labels, and not mixed with those of a longer name", () => {
    const text = [
      "# TYPE assay_takeovers_total counter",
      'assay_takeovers_total{group="a",partition="0"} 2',
      'assay_takeovers_total{group="a",partition="1"} 3',
      "assay_takeovers_total_other 9",
      "assay_stalls_total 4",
    ].join("\n")
    expect(sumOf(text, "assay_takeovers_total")).toBe(5)
    expect(sumOf(text, "assay_stalls_total")).toBe(4)
    expect(sumOf(text, "assay_restores_total")).toBe(0)
  })
})
