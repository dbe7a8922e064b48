import { expect, test } from "vitest"
import { expositionOf, promName } from "../src/exposition.ts"
import { INSTRUMENTS } from "../src/instruments.ts"
import { MAX_SERIES, Registry } from "../src/registry.ts"

test.each([
  ["messaging.process.duration", "s", "histogram", "messaging_process_duration_seconds"],
  ["messaging.client.consumed.messages", "{message}", "counter", "messaging_client_consumed_messages_total"],
  ["process.cpu.time", "s", "counter", "process_cpu_time_seconds_total"],
  ["process.memory.usage", "By", "gauge", "process_memory_usage_bytes"],
  ["nodejs.eventloop.utilization", "1", "gauge", "nodejs_eventloop_utilization_ratio"],
  ["assay.log.unavailable", "", "gauge", "assay_log_unavailable"],
] as const)("%s in %s, a %s, is %s in Prometheus", (name, unit, kind, expected) => {
  expect(promName({ name, unit, kind })).toBe(expected)
})

test("counters, gauges and cumulative histograms in the text format, with values escaped", () => {
  const registry = new Registry()
  const counter = registry.instrument({ name: "a.b", kind: "counter", unit: "", help: "x\ny", labels: ["c.d"] })
  const histogram = registry.instrument({
    name: "h",
    kind: "histogram",
    unit: "s",
    help: "h",
    labels: [],
    buckets: [0.5, 1],
  })
  registry.instrument({ name: "silent", kind: "gauge", unit: "", help: "has no series", labels: ["p"] })
  counter.add(2, 'q"\\\n')
  for (const value of [0.5, 0.6, 7]) histogram.observe(value, 1)
  histogram.observe(1, 2)
  expect(expositionOf(registry)).toBe(`# HELP a_b_total x\\ny
# TYPE a_b_total counter
a_b_total{c_d="q\\"\\\\\\n"} 2
# HELP h_seconds h
# TYPE h_seconds histogram
h_seconds_bucket{le="0.5"} 1
h_seconds_bucket{le="1"} 4
h_seconds_bucket{le="+Inf"} 5
h_seconds_sum 10.1
h_seconds_count 5
`)
})

test("label values beyond the bound are counted together, and none is lost", () => {
  const registry = new Registry()
  const counter = registry.instrument({ name: "n", kind: "counter", unit: "", help: "n", labels: ["of"] })
  for (let nth = 0; nth < MAX_SERIES + 50; nth++) counter.add(1, `value-${nth}`)
  const series = [...counter.series]
  expect(series).toHaveLength(MAX_SERIES + 1)
  expect(series.at(-1)).toMatchObject({ labels: ["other"], value: 50 })
  expect(() => counter.add(1, "a", "b")).toThrow(RangeError)
})

test("a dropped gauge is gone", () => {
  const registry = new Registry()
  const gauge = registry.instrument({ name: "g", kind: "gauge", unit: "", help: "g", labels: ["p"] })
  gauge.set(1, "0")
  gauge.set(2, "1")
  gauge.drop(([partition]) => partition === "0")
  expect([...gauge.series].map(({ labels }) => labels)).toEqual([["1"]])
})

test("no two instruments share a name, buckets ascend, and no label could name a device", () => {
  const specs = Object.values(INSTRUMENTS)
  expect(new Set(specs.map(promName)).size).toBe(specs.length)
  for (const spec of specs) {
    if (spec.kind === "histogram") {
      const { buckets } = spec as { buckets: ReadonlyArray<number> }
      expect(buckets).toEqual([...buckets].sort((a, b) => a - b))
      expect(buckets.length).toBeGreaterThan(0)
    }
    for (const label of spec.labels) expect(label).not.toMatch(/device|did|iss|origin|principal/)
  }
})

test("who never answers keeps nobody from reading the rest", async () => {
  const registry = new Registry()
  const gauge = registry.instrument({ name: "g", kind: "gauge", unit: "", help: "g", labels: [] })
  registry.onCollect(() => new Promise(() => undefined))
  registry.onCollect(() => gauge.set(7))
  await registry.collect()
  expect(expositionOf(registry)).toContain("g 7")
})
