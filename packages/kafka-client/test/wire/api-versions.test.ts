/** ApiVersions, KIP-35 and KIP-584. */
import { describeKafka, testCluster } from "@assay/testkit/kafka"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import { expect, it } from "vitest"
import { Cluster } from "../../src/cluster/cluster.ts"
import { kafkaClient } from "../../src/connect/client.ts"
import { featuresRequest } from "../../src/wire/api-versions.ts"

const { response } = featuresRequest({ name: "assay", version: "1" })

const answer = (...parts: ReadonlyArray<ReadonlyArray<number>>): Buffer => Buffer.from(parts.flat())
const OK = [0, 0]
const ONE_KEY = [2, 0, 18, 0, 0, 0, 4, 0]
const NOT_THROTTLED = [0, 0, 0, 0]
const text = (value: string): ReadonlyArray<number> => [value.length + 1, ...Buffer.from(value)]
const field = (tag: number, content: ReadonlyArray<number>): ReadonlyArray<number> => [tag, content.length, ...content]

it("reads the features in force, and passes over every other tagged field", async () => {
  const supported = [2, ...text("transaction.version"), 0, 0, 0, 2, 0]
  const inForce = [3, ...text("metadata.version"), 0, 25, 0, 7, 0, ...text("transaction.version"), 0, 2, 0, 0, 0]
  const tagged = [3, ...field(0, supported), ...field(1, [0, 0, 0, 0, 0, 0, 0, 9]), ...field(2, inForce)]
  const found = await response.decode(answer(OK, ONE_KEY, NOT_THROTTLED, tagged))
  expect([...found.inForce]).toEqual([
    ["metadata.version", 25],
    ["transaction.version", 2],
  ])
})

it("finds none where no field names any", async () => {
  const found = await response.decode(answer(OK, ONE_KEY, NOT_THROTTLED, [0]))
  expect(found.inForce.size).toBe(0)
})

it("finds none in the answer of a broker that does not know the request, which is in the oldest form", async () => {
  const found = await response.decode(answer([0, 35], [0, 0, 0, 1], [0, 18, 0, 0, 0, 2]))
  expect(found.inForce.size).toBe(0)
})

describeKafka("a broker", () => {
  it("says which features it has in force", async () => {
    const { client, external } = await testCluster()
    const settings = { ...KAFKA_DEFAULTS, brokers: client.brokers as Array<string>, prefix: "" }
    const cluster = new Cluster(kafkaClient(settings), settings.retryMs)
    try {
      const broker = await cluster.any()
      const { inForce } = await broker.connectionPool.send(featuresRequest({ name: "assay", version: "1" }))
      if (!external) expect(inForce.get("transaction.version")).toBe(2)
    } finally {
      await cluster.close()
    }
  })
})
