/** Who asks for a topic while another is asking for it gets the same answer: "nothing there" would lose a changelog. */
import { setImmediate as nextTurn } from "node:timers/promises"
import { createTestLog, describeKafka, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"

const STREAMS = ["one.state.v1", "two.state.v1"]

describeKafka("the first look at a topic", () => {
  let test: TestLog

  beforeAll(async () => {
    const { client } = await testCluster()
    test = await createTestLog(client.brokers as ReadonlyArray<string>, STREAMS)
    const log = await test.open()
    for (const stream of STREAMS)
      for (const partition of [0, 1])
        await log.append({ stream, partition }, [{ key: Buffer.from("key"), value: Buffer.from("value") }])
  })

  afterAll(() => test.destroy())

  for (const turns of [0, 1, 2, 4, 8, 16, 32])
    it(`finds what is there, ${turns} turns after another has begun to ask`, async () => {
      const log = await test.open()
      await log.bounds({ stream: STREAMS[0]!, partition: 0 }) // the connection is there
      const stream = STREAMS[1]!
      const first = log.bounds({ stream, partition: 0 })
      for (let turn = 0; turn < turns; turn++) await nextTurn()
      const second = log.bounds({ stream, partition: 1 })
      const third = log.read({ stream, partition: 1 }, 0, 10, 1 << 20)
      expect(await first).toEqual({ start: 0, end: 1 })
      expect(await second).toEqual({ start: 0, end: 1 })
      expect(await third).toHaveLength(1)
    })
})
