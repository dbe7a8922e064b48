/** What a node's own metrics become: read from the very text that `/metrics` serves. */
import { Metrics } from "@assay/telemetry"
import { expect, it } from "vitest"
import { samplesOf } from "../../src/status/exposition.ts"
import { nodeStatusOf } from "../../src/status/node.ts"

const read = async (happen: (metrics: Metrics) => void) => {
  const metrics = new Metrics({ engine: "kafka" })
  happen(metrics)
  return nodeStatusOf("http://n", null, samplesOf(await metrics.scrape()))
}

it("says what it judges, what lags most, what it seals and under which knowledge", async () => {
  const status = await read((metrics) => {
    metrics.assigned("identity-resolver", new Set([0, 3]))
    metrics.observeLag("identity-resolver", 0, 5, 1.5)
    metrics.observeLag("identity-resolver", 3, 9, 41)
    metrics.observeSeal(0, 0.2, 17, false)
    metrics.observeSeal(3, 0.4, 20, false)
    metrics.observeKnowledge("bundle", { seconds: 3_600, version: 7 })
  })
  expect(status).toEqual({
    url: "http://n",
    notReady: null,
    services: [{ name: "identity-resolver", partitions: 2 }],
    lag: { group: "identity-resolver", partition: 3, seconds: 41 },
    unsealed: { partition: 3, seconds: 0.4 },
    leaves: 37,
    knowledge: [{ kind: "bundle", version: 7, remaining: 3_600 }],
    halted: [],
    unavailable: false,
    away: [],
  })
})

it("says what stands still, and what takes nothing", async () => {
  const status = await read((metrics) => {
    metrics.halt("chained", 2)
    metrics.observeReadModel({ up: 0, applied: 0, unreadable: 0, lost: 0, failures: 1, lagRecords: 2, lagMs: 100 })
  })
  expect(status.halted).toEqual(["chained/2"])
  expect(status.away).toEqual(["the read model"])
})

it("of a node to which nothing has happened is empty", async () => {
  expect(await read(() => undefined)).toMatchObject({ services: [], lag: null, unsealed: null, leaves: null })
})

it("labels come back as they were, and what is no sample is passed over", () => {
  const text =
    'assay_partitions_assigned{group="a\\"b\\\\n}c"} 2\nassay_partitions_assigned\n# assay_partitions_assigned 3\nx{y="z} 1\n'
  const [one, ...more] = samplesOf(text)("assigned")
  expect([one?.label("group"), one?.value, more]).toEqual(['a"b\\n}c', 2, []])
})
