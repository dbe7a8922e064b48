import { createTestLog, testCluster } from "@assay/testkit/kafka"

/** A log on the shared broker, for the contract of the port. */
export const openUnderTest = (zstd: boolean) => async () => {
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
