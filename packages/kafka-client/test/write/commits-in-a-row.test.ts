/** Transactions of one id that follow each other without a pause meet the markers of the one before. */

import { createTestLog, describeKafka, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterEach, beforeEach, expect, it } from "vitest"
import { commitInARow, producersIn } from "./producers.ts"

const COMMITS = 80

describeKafka("commits in a row", () => {
  let under: TestLog
  beforeEach(async () => {
    under = await createTestLog((await testCluster()).client.brokers as Array<string>, ["in", "out"])
  })
  afterEach(() => under.destroy())

  it("wait for each other's markers, and keep their producer", async () => {
    await commitInARow(await under.open(), COMMITS)
    const producers = await producersIn(under, "out")
    expect(producers).toHaveLength(COMMITS)
    expect(new Set(producers.map(({ id }) => id)).size).toBe(1)
    const epochs = producers.map(({ epoch }) => epoch)
    const [first = 0] = epochs
    // Each taking of the id would raise the epoch once more than the transactions do, or at all in their first version.
    const second = epochs.map((_, nth) => first + nth)
    const { external } = await testCluster()
    if (external && epochs.at(-1) === first) expect(new Set(epochs).size).toBe(1)
    else expect(epochs).toEqual(second)
  })
})
