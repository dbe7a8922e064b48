/** A partition of which the runner has halted stays among what metrics show: its halt and its lag are what wakes somebody. */
import { Metrics } from "@assay/telemetry"
import { expect, it } from "vitest"
import type { RunnerView } from "../../src/judging/judging.ts"
import { watchedOf } from "../../src/judging/watched.ts"

const SERVICE = "credential-checker"
const runner = (partition: number): RunnerView => ({
  ...{ group: SERVICE, stream: "telemetry.identified.v1", partition },
  knowledge: { items: new Map() } as unknown as RunnerView["knowledge"],
})

it("is the whole share, with what its runners know", () => {
  const node = { runners: () => [runner(1)], shares: () => [{ group: SERVICE, partitions: [0, 1] }] }
  expect(watchedOf(node)).toEqual([
    { group: SERVICE, stream: "telemetry.identified.v1", partition: 0 },
    expect.objectContaining({ partition: 1, knowledge: expect.anything() }),
  ])
  expect(watchedOf({ runners: () => [], shares: () => [{ group: "chained", partitions: [3] }] })).toEqual([
    { group: "chained", stream: "telemetry.submitted.v1", partition: 3 },
  ])
  // What is no more its share is its owner's to show.
  expect(watchedOf({ runners: () => [runner(1)], shares: () => [{ group: SERVICE, partitions: [] }] })).toEqual([])
})

it("so that a halt is still there when metrics are read", async () => {
  const metrics = new Metrics({ engine: "kafka" })
  metrics.assigned(SERVICE, new Set([0, 1]))
  metrics.halt(SERVICE, 0)
  const node = { runners: () => [runner(1)], shares: () => [{ group: SERVICE, partitions: [0, 1] }] }
  metrics.assigned(SERVICE, new Set(watchedOf(node).map(({ partition }) => partition)))
  expect(await metrics.scrape()).toContain(`assay_partition_halted{group="${SERVICE}",partition="0"} 1\n`)
})
