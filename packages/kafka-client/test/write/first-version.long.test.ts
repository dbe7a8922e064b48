/** The whole contract on a cluster that has the first version of transactions in force, as Kafka before 4.0 and others have. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, startCluster } from "@assay/infra/kafka"
import { logContract } from "@assay/log/contract"
import { createTestLog, describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { commitInARow, producersIn } from "./producers.ts"

const COMMITS = 80

describeBroker("transactions of the first version", () => {
  let dir: string
  let brokers: Cluster
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "assay-first-transactions-"))
    const features = ["transaction.version=1"]
    brokers = await startCluster({ dataDir: dir, basePort: await freePorts(8), heap: "256m", tied: true, features })
  }, 120_000)
  afterAll(async () => {
    await brokers.stop()
    await rm(dir, { recursive: true, force: true })
  })

  logContract("the Kafka engine", async () => {
    const under = await createTestLog(brokers.brokers, ["in", "out", "other"])
    let log = await under.open()
    return {
      log,
      reopen: async () => {
        await log.close()
        log = await under.open()
        return log
      },
      destroy: under.destroy,
    }
  })

  it("keep their producer and its epoch", async () => {
    const under = await createTestLog(brokers.brokers, ["in", "out"])
    try {
      await commitInARow(await under.open(), COMMITS)
      const producers = await producersIn(under, "out")
      expect(producers).toHaveLength(COMMITS)
      expect(new Set(producers.map(({ id, epoch }) => `${id}/${epoch}`)).size).toBe(1)
    } finally {
      await under.destroy()
    }
  })
})
