/**
 * quirks.ts, 2: an idle connection of kafkajs on Node 24 wakes up some 800 times a second, unless it is kept from it. Measured
 * here with three connections: 0.3 % of a core, and 3 % without the patch.
 */
import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { promisify } from "node:util"
import { describeKafka, testCluster } from "@assay/testkit/kafka"
import kafkajs from "kafkajs"
import { beforeAll, expect, it } from "vitest"

/** Microseconds a second: one per cent of a core. */
const ONE_PERCENT = 10_000

describeKafka("an idle process", () => {
  const topic = `idle-${randomUUID()}`
  let brokers: string

  beforeAll(async () => {
    const { client } = await testCluster()
    brokers = (client.brokers as Array<string>).join(",")
    const admin = new kafkajs.Kafka({ ...client, logLevel: kafkajs.logLevel.NOTHING }).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    await admin.disconnect()
  }, 120_000)

  const cpu = async (how: "patched" | "unpatched"): Promise<number> => {
    const script = new URL("idle.child.ts", import.meta.url).pathname
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ["--no-warnings", script, brokers, topic, how])
    return Number(stdout)
  }

  it("uses less than a hundredth of a core, which it would not without the patch", async () => {
    const patched = await cpu("patched")
    const unpatched = await cpu("unpatched")
    expect(patched).toBeGreaterThan(0)
    expect(patched).toBeLessThan(ONE_PERCENT)
    expect(unpatched).toBeGreaterThan(ONE_PERCENT)
    expect(unpatched).toBeGreaterThan(3 * patched)
  })
})
