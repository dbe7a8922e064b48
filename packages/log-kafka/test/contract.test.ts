import { logContract } from "@assay/log/contract"
import { createTestLog, describeKafka, testCluster } from "@assay/testkit/kafka"

const openUnderTest = (zstd: boolean) => async () => {
  const { client } = await testCluster()
  const under = await createTestLog(client.brokers as Array<string>, ["in", "out", "other"])
  let log = await under.open({ settings: { zstd } })
  return {
    log,
    reopen: async () => {
      await log.close()
      log = await under.open({ settings: { zstd } })
      return log
    },
    destroy: under.destroy,
  }
}

describeKafka("on a real broker", () => {
  logContract("the Kafka engine", openUnderTest(true))
  logContract("the Kafka engine without compression", openUnderTest(false))
})
