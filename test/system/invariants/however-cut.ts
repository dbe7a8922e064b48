/** The same entries, judged in other batches, staged, restored and replayed: nothing comes out otherwise. */
import { STREAMS } from "@assay/streams"
import { type Driver, findingsOf } from "@assay/testkit/driver"
import { expect } from "vitest"

/** @param driver has judged all that it was given @param batch so many entries at a time */
export const expectSameHoweverCut = async (driver: Driver, batch: number): Promise<void> => {
  const { end } = await driver.log.bounds({ stream: STREAMS.submitted, partition: 0 })
  // A copy asks for admissions once more: what stands behind the end of the original is none of it.
  const found = (one: Driver) => findingsOf(one.decided.filter(({ origin }) => origin.offset < end))
  const expected = found(driver)
  for (const options of [{}, { topology: "staged" as const }]) {
    const other = await driver.again({ ...options, batchRecords: () => batch })
    try {
      await other.oneBatchEach()
      await other.restart(options.topology)
      await other.settle()
      expect(found(other)).toEqual(expected)
    } finally {
      await other.close()
    }
  }
  const report = await driver.replay()
  expect(report.differences).toEqual([])
}
