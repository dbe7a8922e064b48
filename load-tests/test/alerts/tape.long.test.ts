import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { firesIn, joined, scrapeOf } from "../../src/alerts/tape.ts"

const TEXT = `# HELP assay_ready 1
assay_ready 1
assay_deadletters_total{stream="telemetry.submitted.v1",code="malformed"} 3
assay_consumer_lag_time_seconds{group="chained",partition="0"} NaN
`

describe("scrapeOf", () => {
  it("is what a scrape would store", () => {
    expect([...scrapeOf(TEXT, "a", "assay")]).toEqual([
      ['up{job="assay",instance="a",service="assay"}', 1],
      ['assay_ready{job="assay",instance="a",service="assay"}', 1],
      [
        'assay_deadletters_total{stream="telemetry.submitted.v1",code="malformed",job="assay",instance="a",service="assay"}',
        3,
      ],
    ])
    expect([...scrapeOf(null, "a", "assay")]).toEqual([['up{job="assay",instance="a",service="assay"}', 0]])
  })
})

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0
describe.skipIf(!hasPromtool)("firesIn", () => {
  const ready = (value: number) => joined([scrapeOf(`assay_ready ${value}\n`, "a", "assay")])

  it("tells an alert that is caused and mended from one that is not", () => {
    const good = { minutes: 10, from: ready(1) }
    const bad = { minutes: 10, from: ready(0) }
    expect(firesIn("AssayNotReady", good, [bad], good)).toEqual({ before: false, during: true, after: false })
    expect(firesIn("AssayNotReady", good, [good], bad)).toEqual({ before: false, during: false, after: true })
    expect(firesIn("AssayDown", good, [bad], good).during).toBe(false)
  })

  it("ends a series with its target, of which nothing is looked back for", () => {
    const seals = (name: string) => scrapeOf('assay_unsealed_age_seconds{partition="0"} 1\n', name, name)
    const other = scrapeOf("assay_ready 1\n", "b", "b")
    const [there, gone] = [joined([seals("a"), other]), joined([other])]
    const before = { minutes: 30, from: there }
    const during = [
      { minutes: 10, from: there, to: gone },
      { minutes: 20, from: gone },
    ]
    for (const alert of ["AssayAbsent", "AssayUnsealedAudit"])
      expect([alert, firesIn(alert, before, during, before)]).toEqual([
        alert,
        { before: false, during: true, after: false },
      ])
    // What is there and does not answer is another alert's; a minute without a process is nobody's.
    const silent = joined([scrapeOf(null, "a", "a"), other])
    expect(firesIn("AssayAbsent", before, [{ minutes: 20, from: silent }], before).during).toBe(false)
    expect(firesIn("AssayAbsent", before, [{ minutes: 1, from: gone }], before).during).toBe(false)
  })

  it("holds a moment for as old as it was, and lets it stand still where it was seen to", () => {
    const newest = (at: number, seconds: number) =>
      joined([scrapeOf(`assay_quality_newest_seconds{class="a",zone="b"} ${seconds}\n`, "a", "readings")], at)
    const speaks = { minutes: 30, from: newest(1_790_000_000, 1_789_999_990) }
    const [since, later] = [newest(1_790_000_100, 1_790_000_090), newest(1_790_000_200, 1_790_000_090)] as const
    const silent = { minutes: 40, from: since, moments: [since, later] } as const
    expect(firesIn("AssayQualityStale", speaks, [silent], speaks)).toEqual({
      before: false,
      during: true,
      after: false,
    })
    expect(firesIn("AssayQualityStale", speaks, [{ minutes: 40, from: since }], speaks).during).toBe(false)
  })

  it("lets a counter go on at its pace where the cause does", () => {
    const takeovers = (at: number, count: number) =>
      joined([scrapeOf(`assay_takeovers_total{group="a",partition="0"} ${count}\n`, "a", "a")], at)
    const [from, to] = [takeovers(0, 1), takeovers(60, 5)] as const
    const quiet = { minutes: 30, from }
    expect(firesIn("AssayTakeovers", quiet, [{ minutes: 10, from, to, goesOn: true }], quiet).during).toBe(true)
    expect(firesIn("AssayTakeovers", quiet, [{ minutes: 10, from, to }], quiet).during).toBe(false)
  })
})
