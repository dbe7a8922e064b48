/** Transactions of one id that follow each other without a pause meet the markers of the one before. */

import { record } from "@assay/log/contract"
import { createTestLog, describeKafka, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterEach, beforeEach, expect, it } from "vitest"
import { Cluster } from "../../src/cluster/cluster.ts"
import { kafkaClient } from "../../src/connect/client.ts"
import { fetchRequest } from "../../src/wire/requests.ts"

const COMMITS = 80
const EPOCH_AT = 51

/** The producer epochs of all batches of a topic's first partition: each `InitProducerId` raises it. */
const epochsIn = async (under: TestLog, stream: string): Promise<Set<number>> => {
  const { settings } = under
  const cluster = new Cluster(kafkaClient(settings), settings.retryMs)
  try {
    const topic = settings.prefix + stream
    const leader = await cluster.leader(topic, 0)
    const asked = fetchRequest({ topic, partition: 0, offset: 0, waitMs: 0, maxBytes: 8 << 20 })
    const { set } = await leader.connectionPool.send(asked)
    const epochs = new Set<number>()
    for (let at = 0; at + EPOCH_AT < set.length; at += set.readInt32BE(at + 8) + 12)
      epochs.add(set.readInt16BE(at + EPOCH_AT))
    return epochs
  } finally {
    await cluster.close()
  }
}

describeKafka("commits in a row", () => {
  let under: TestLog
  beforeEach(async () => {
    under = await createTestLog((await testCluster()).client.brokers as Array<string>, ["in", "out"])
  })
  afterEach(() => under.destroy())

  it("wait for each other's markers, and keep their producer", async () => {
    const log = await under.open()
    await log.take("g", { stream: "in", partition: 0 })
    for (let from = 0; from < COMMITS; from++) {
      const outputs = [{ stream: "out", records: [record(`k${from}`)] }]
      await log.commit(0, { group: "g", stream: "in", from, next: from + 1, outputs })
    }
    expect(await log.position("g", { stream: "in", partition: 0 })).toBe(COMMITS)
    const epochs = await epochsIn(under, "out")
    expect(epochs.size).toBe(1)
  })
})
