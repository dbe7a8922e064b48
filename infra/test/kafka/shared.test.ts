/** The broker that a test run shares: real, single, without topics that make themselves. */

import { describeKafka, testCluster } from "@assay/testkit/kafka"
import { Kafka, logLevel } from "kafkajs"
import { expect, it } from "vitest"
import { makeTopic } from "./make-topic.ts"

describeKafka("the broker of the test run", () => {
  it("is the same for everybody who asks", async () => {
    const [one, other] = await Promise.all([testCluster(), testCluster()])
    expect(one).toEqual(other)
  })

  it("takes a transaction and shows it to a reader of committed records, and nothing of an aborted one", async () => {
    const { client } = await testCluster()
    const kafka = new Kafka({ ...client, logLevel: logLevel.NOTHING })
    const topic = `infra.shared.${process.pid}`
    const admin = kafka.admin()
    const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
    const consumer = kafka.consumer({ groupId: topic, sessionTimeout: 6_000, readUncommitted: false })
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
    try {
      await makeTopic(admin, topic)
      for (const [value, end] of [
        ["aborted", "abort"],
        ["committed", "commit"],
      ] as const) {
        const transaction = await producer.transaction()
        await transaction.send({ topic, messages: [{ value }] })
        await transaction[end]()
      }
      const first = new Promise<string>((resolve, reject) => {
        consumer
          .subscribe({ topic, fromBeginning: true })
          .then(() => consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) }))
          .catch(reject)
      })
      expect(await first).toBe("committed")
    } finally {
      await Promise.all([consumer.disconnect(), producer.disconnect()])
      await admin.deleteTopics({ topics: [topic] })
      await admin.disconnect()
    }
  })

  it("makes no topic by itself", async () => {
    const { client } = await testCluster()
    const admin = new Kafka({ ...client, retry: { retries: 0 }, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      const asked = admin.fetchTopicMetadata({ topics: ["infra.shared.unknown"] })
      await expect(asked).rejects.toMatchObject({ type: "UNKNOWN_TOPIC_OR_PARTITION" })
      expect(await admin.listTopics()).not.toContain("infra.shared.unknown")
    } finally {
      await admin.disconnect()
    }
  })
})
