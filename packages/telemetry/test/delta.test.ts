/** What a thread counts, as the registry that is read comes to show it. */
import { expect, it } from "vitest"
import { addDelta, deltasOf } from "../src/delta.ts"
import { expositionOf } from "../src/exposition.ts"
import { Registry } from "../src/registry.ts"

const rig = () => {
  const registry = new Registry()
  const counter = registry.instrument({ name: "c", kind: "counter", unit: "", help: "c", labels: ["of"] })
  const gauge = registry.instrument({ name: "g", kind: "gauge", unit: "", help: "g", labels: ["of"] })
  const spec = { name: "h", kind: "histogram", unit: "s", help: "h", labels: ["of"], buckets: [0.05, 1] } as const
  return { registry, counter, gauge, histogram: registry.instrument(spec) }
}

it("adds up over threads and over time", () => {
  const read = rig()
  const threads = [rig(), rig()]
  const takes = threads.map(({ registry }) => deltasOf(registry))
  const tell = (): void => {
    for (const take of takes) addDelta(read.registry, structuredClone(take()))
  }
  for (const { counter, gauge, histogram } of threads) {
    counter.add(2, "a")
    gauge.set(1, "p")
    // On the bound of a bucket, often enough for the sum to be rounded.
    for (let n = 0; n < 7; n++) histogram.observe(0.05, 1, "a")
    histogram.observe(0.5, 3, "a")
    histogram.observe(9, 1, "a")
  }
  tell()
  tell()
  threads[0]!.counter.add(1, "a")
  threads[0]!.gauge.set(0, "p")
  tell()
  expect(expositionOf(read.registry)).toContain(`c_total{of="a"} 5`)
  expect(expositionOf(read.registry)).toContain(`g{of="p"} 0`)
  const [series] = [...read.histogram.series]
  expect(series!.counts).toEqual([14, 6, 2])
  expect(series!.value).toBeCloseTo(14 * 0.05 + 6 * 0.5 + 18, 10)
})

it("tells of a counter that stands at 0, once", () => {
  const { registry, counter } = rig()
  const take = deltasOf(registry)
  counter.add(0, "a")
  expect(take()).toHaveLength(1)
  expect(take()).toEqual([])
})

it("goes on to whoever wants each observation of a histogram", () => {
  const read = rig()
  const seen: Array<number> = []
  read.histogram.forward = (value) => seen.push(value)
  const thread = rig()
  thread.histogram.observe(0.5, 2, "a")
  addDelta(read.registry, deltasOf(thread.registry)())
  expect(seen).toEqual([0.5, 0.5])
})
