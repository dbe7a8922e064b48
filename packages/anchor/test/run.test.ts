/** When the anchor log grows: at each interval, by the clock of the process that anchors. */
import { expect, test } from "vitest"
import { Anchoring } from "../src/index.ts"
import { openLog, Partition, SIGNER } from "./plant.ts"

const INTERVAL = 600_000

test("the anchor log grows once in an interval, and at once where the clock was set back", async () => {
  const [partition, clock] = [new Partition(0), { ms: 1_800_000_000_000 }]
  const anchoring = await Anchoring.open({
    ...{ log: await openLog(), signer: SIGNER, logs: [partition], anchors: [], intervalMs: INTERVAL },
    now: () => clock.ms,
  })
  const grown = async (ms: number): Promise<number> => {
    clock.ms += ms
    await partition.grow(1)
    return (await anchoring.round()).grew
  }
  expect([await grown(0), await grown(INTERVAL - 1), await grown(1)]).toEqual([1, 0, 1])
  expect([await grown(-3_600_000), await grown(1), await grown(INTERVAL)]).toEqual([1, 0, 1])
})
