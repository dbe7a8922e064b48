/** A producer's epoch has 15 bits, and each transaction of the second version takes one. */
import { createTestLog, describeKafka, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Cluster } from "../../src/cluster/cluster.ts"
import { kafkaClient } from "../../src/connect/client.ts"
import { endTransaction } from "../../src/wire/transactions.ts"
import { LAST_EPOCHS } from "../../src/write/transaction.ts"
import { onceMarked } from "../../src/write/transaction-version.ts"
import { commitInARow, producersIn } from "./producers.ts"

const COMMITS = 80
/** Near the end: the last ones are left to the log. */
const USED = 32_740
const STEP_MS = 300_000

describeKafka("a producer whose epochs are used up", () => {
  let under: TestLog
  let cluster: Cluster
  beforeAll(async () => {
    under = await createTestLog((await testCluster()).client.brokers as Array<string>, ["in", "out"])
    cluster = new Cluster(kafkaClient(under.settings), under.settings.retryMs)
  })
  afterAll(async () => {
    await cluster.close()
    await under.destroy()
  })

  it("gives way to another, and no commit notices", { timeout: STEP_MS }, async () => {
    const transactionalId = `${under.settings.prefix}g.in.0`
    const transactionTimeout = 60_000
    const { coordinator, taken } = await cluster.retrying("taking the id", async () => {
      await cluster.leader(`${under.settings.prefix}in`, 0) // the map of the cluster is there
      const coordinator = await cluster.coordinator("transaction", transactionalId)
      return { coordinator, taken: await coordinator.initProducerId({ transactionalId, transactionTimeout }) }
    })
    let of = { transactionalId, ...taken }
    // An empty transaction that is given up takes an epoch too, and writes nothing.
    while (of.producerEpoch < USED) {
      const next = await onceMarked(() => coordinator.connectionPool.send(endTransaction(of, false)))
      of = { transactionalId, producerId: next.producerId, producerEpoch: next.producerEpoch }
    }

    await commitInARow(await under.open(), COMMITS)
    const producers = await producersIn(under, "out")
    expect(producers).toHaveLength(COMMITS)
    expect(new Set(producers.map(({ id }) => id)).size).toBe(2)
    const first = producers.filter(({ id }) => id === producers[0]!.id).map(({ epoch }) => epoch)
    expect(first[0]).toBeGreaterThan(USED)
    expect(first.at(-1)).toBeGreaterThanOrEqual(LAST_EPOCHS) // what may lie open of it has been ended
    expect(producers.at(-1)!.epoch).toBeLessThan(COMMITS)
  })
})
