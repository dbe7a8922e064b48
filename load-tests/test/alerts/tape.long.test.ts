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
})
