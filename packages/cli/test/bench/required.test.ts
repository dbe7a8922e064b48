import { expect, it } from "vitest"
import type { PipelineResult } from "../../src/bench/pipeline.ts"
import { against } from "../../src/bench/required.ts"

const result = (devices: number, perSecond: number, more: Partial<PipelineResult> = {}): PipelineResult => ({
  topology: "chained",
  workers: 2,
  devices,
  speakers: devices,
  messages: 1_000,
  perSecond,
  mainUs: 0,
  processUs: 150,
  threads: null,
  window: [0, 1],
  mainHeap: { bytes: 0, pausedUs: 0, collections: 0 },
  judgingHeap: { bytes: 0, pausedUs: 0, collections: 0 },
  sealed: false,
  stages: [],
  outcomes: { verified: 0, annotated: 0, quarantined: 0, rejected: 0, undecided: 0 },
  bytesPerDevice: null,
  ...more,
})

it("says of each row what was measured, and whether that is enough", () => {
  const latency = { offeredPerSecond: 5_000, messages: 1_000, p50: 1, p90: 2, p99: 49, p999: 60, max: 70 }
  const chained = [
    result(1_000, 12_000),
    result(20_000, 1),
    result(100_000, 11_400),
    result(1_000_000, 10_700, { bytesPerDevice: 2_600 }),
  ]
  // V takes 100 us of two threads, B 50: the message costs 100 besides its signature, 187 where V costs 187.
  const rows = against({ v: 20_000, b: 40_000, threads: 2, chained, staged: result(1_000, 14_000), latency })
  expect(rows.map(({ name, measured, met }) => [name, Number(measured.toFixed(3)), met])).toEqual([
    ["chained / V", 0.6, false],
    ["chained / B", 0.3, false],
    ["us besides the signature, where V costs 187", 187, false],
    ["staged / V", 0.7, true],
    ["100000 devices / 1000", 0.95, true],
    ["1000000 devices / 1000", 0.892, false],
    ["memory of a device, bytes", 2_600, false],
    ["p99 at half the throughput, ms", 49, true],
  ])
})
