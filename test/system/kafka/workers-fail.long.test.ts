/**
 * Threads that judge on Kafka and end, or stand still, in the middle of their transactions: every message has one decision, the one
 * that an undisturbed run gives it, the other thread goes on, and the brokers are left with no open transaction.
 */
import { randomOf } from "@assay/fleet"
import { STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { clearFault, isAhead, meetFault, type WireFault } from "../deployment/wire-faults.ts"
import { until } from "./attacked-deployment.ts"
import { DEVICES, FailingThreads, PARTITIONS, STALL_MS, WAIT_MS } from "./failing-threads.ts"

const STEP_MS = 300_000
const SEED = "threads end"
/** Of the moments at which a thread ends: some ten transactions. */
const REQUESTS = 40
const ENDS = 8

/** Threads end at whichever request of their transactions, before it leaves or behind it, one partition's after the other's. */
const expectWholeWheneverThreadsEnd = async (threads: FailingThreads): Promise<void> => {
  await threads.restart()
  const random = randomOf(SEED)
  for (let end = 0; end < ENDS; end++) {
    const partition = end % PARTITIONS.length
    const does = random.pick<WireFault["does"]>(["ends before it", "ends behind it"])
    meetFault(partition, { at: "any", after: random.below(REQUESTS), does })
    while (isAhead(partition)) await Promise.all(PARTITIONS.map((one) => threads.feed(one, 4)))
    await until(async () => (await threads.restores()) > end, "a thread has ended", WAIT_MS)
    await threads.ready()
  }
  await threads.expectWhole()
  expect(await threads.restores()).toBe(ENDS)
  expect((await threads.deployment.decisions("verified")).length).toBeGreaterThan(0)
  await threads.restart()
  await threads.expectWhole()
}

describeKafka("threads that judge on Kafka", () => {
  let threads: FailingThreads
  beforeAll(async () => {
    threads = await FailingThreads.open("chained")
  }, STEP_MS)
  afterAll(() => threads.close(), STEP_MS)

  /** The process is the member of the group, and its share is what it was. */
  const SHARES = [{ group: "chained", partitions: PARTITIONS }]

  it.each([
    { does: "ends before it", left: ["Ongoing"] },
    { does: "ends behind it", left: ["PrepareCommit", "CompleteCommit"] },
  ] as const)("one that $does, the end of a transaction, is replaced", { timeout: STEP_MS }, async ({ does, left }) => {
    await threads.restart()
    meetFault(0, { at: "end", after: 2, does })
    await Promise.all(PARTITIONS.map((partition) => threads.feed(partition, 30)))
    await until(() => threads.ended.length > 0, "a thread has ended", WAIT_MS)
    const found = threads.ended[0]!
    expect(left).toContain((await found.transactions)[0])
    expect(found.cause).toBe("a thread that judges ended with code 1")
    expect(found.notReady).toContain("partitions 0: their thread has ended and is replaced")
    expect(await found.readyz).toBe(503)
    expect(found.shares).toEqual(SHARES)
    await threads.expectWhole()
    expect(await threads.restores()).toBe(1)
  })

  it("one that stands still in a transaction is replaced, and the other goes on meanwhile", {
    timeout: STEP_MS,
  }, async () => {
    await threads.restart()
    const [still, other] = [0, 1]
    meetFault(still, { at: "end", after: 0, does: "stands still before it" })
    await threads.feed(still, 10)
    await until(() => !isAhead(still), "it stands still", WAIT_MS)
    const at = await threads.position(still)
    const { end } = await threads.deployment.log.bounds({ stream: STREAMS.submitted, partition: other })
    await threads.feed(other, 20)
    await until(async () => (await threads.position(other)) >= end + 20 * DEVICES, "the other has judged", STALL_MS)
    expect(threads.stalled).toEqual([])
    expect(await threads.position(still)).toBe(at)
    expect((await threads.transactions())[still]).toBe("Ongoing")
    await until(() => threads.ended.length > 0, "it is ended", WAIT_MS)
    expect(threads.stalled).toEqual([`chained of partition ${still} makes no progress and is restarted`])
    const found = threads.ended[0]!
    expect((await found.transactions)[still]).toBe("Ongoing")
    expect(await found.readyz).toBe(503)
    expect(found.shares).toEqual(SHARES)
    await threads.expectWhole()
    expect(await threads.counted(`assay_stalls_total{group="chained",partition="${still}"}`)).toBe(1)
    expect(await threads.restores()).toBe(1)
  })

  it("those that end at whichever request of a transaction lose and repeat nothing", { timeout: STEP_MS }, () =>
    expectWholeWheneverThreadsEnd(threads),
  )

  it("one that ends again and again halts its partitions; the node goes on, and they do when that is over", {
    timeout: STEP_MS,
  }, async () => {
    await threads.restart()
    const [halted, other] = [0, 1]
    let isOver = false
    const ends = async (): Promise<void> => {
      while (!isOver) {
        if (!isAhead(halted)) meetFault(halted, { at: "any", after: 0, does: "ends before it" })
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      clearFault(halted)
    }
    const ending = ends()
    await threads.feed(halted, 5)
    await until(() => threads.alarms.length > 0, "an alarm", 2 * WAIT_MS)
    expect(threads.alarms).toEqual([
      `ALARM: chained of partition ${halted} stands still: its thread ends again and again`,
    ])
    const { end } = await threads.deployment.log.bounds({ stream: STREAMS.submitted, partition: other })
    await threads.feed(other, 5)
    await until(async () => (await threads.position(other)) >= end + 5 * DEVICES, "the other has judged", WAIT_MS)
    const gauge = `assay_partition_halted{group="chained",partition="${halted}"}`
    expect(await threads.counted(gauge)).toBe(1)
    expect(await threads.readyz()).toBe(503)
    isOver = true
    await ending
    await threads.ready(2 * WAIT_MS)
    await threads.expectWhole()
    expect(await threads.counted(gauge)).toBe(0)
  })
})

describeKafka("threads that judge on Kafka, a stage after another", () => {
  let threads: FailingThreads
  beforeAll(async () => {
    threads = await FailingThreads.open("staged")
  }, STEP_MS)
  afterAll(() => threads.close(), STEP_MS)

  it(
    "lose and repeat nothing where they end at whichever request of any stage's transaction",
    {
      timeout: STEP_MS,
    },
    () => expectWholeWheneverThreadsEnd(threads),
  )
})
