/** Whoever rests between its reads (a runner that lets few records gather) gets what came meanwhile, not only what was fetched before. */
import { setTimeout as sleep } from "node:timers/promises"
import { createTestLog, describeKafka, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"

const AT = { stream: "in", partition: 0 }
const RECORDS = 10
const BYTES = 1 << 20
/** Longer than what was fetched counts as all that is there. */
const REST_MS = 30

const named = (name: string) => ({ key: Buffer.from(name), value: Buffer.from(name) })

describeKafka("a reader that rested", () => {
  let test: TestLog

  beforeAll(async () => {
    const { client } = await testCluster()
    test = await createTestLog(client.brokers as ReadonlyArray<string>, [AT.stream])
  })

  afterAll(() => test.destroy())

  it("reads what came since its last fetch with what it has of that", async () => {
    const [reader, writer] = [await test.open(), await test.open()]
    const namesFrom = async (from: number): Promise<ReadonlyArray<string>> =>
      (await reader.read(AT, from, RECORDS, BYTES)).map(({ key }) => Buffer.from(key).toString())
    await writer.append(AT, [named("a"), named("b"), named("c")])
    // Two of the three that are fetched: the third stays in the buffer.
    expect(await reader.read(AT, 0, 2, BYTES)).toHaveLength(2)
    await sleep(REST_MS)
    await writer.append(AT, [named("d")])
    expect(await namesFrom(2)).toEqual(["c", "d"])
    // The same where a long poll brought the first of them.
    const waiting = reader.waitFor(AT, 4, AbortSignal.timeout(10_000))
    await writer.append(AT, [named("e")])
    await waiting
    await sleep(REST_MS)
    await writer.append(AT, [named("f")])
    expect(await namesFrom(4)).toEqual(["e", "f"])
  })
})
