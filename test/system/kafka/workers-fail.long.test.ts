/**
 * Threads that judge on Kafka and end, or stand still, in the middle of their transactions: every message has one decision, the one
 * that an undisturbed run gives it, the other thread goes on, and the brokers are left with no open transaction.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES, stagesOver } from "@assay/cli/services"
import { replay } from "@assay/engine"
import { type Device, randomOf } from "@assay/fleet"
import { VerifyPool } from "@assay/jose/verify-pool"
import { membersOf } from "@assay/kafka-client"
import { ALL_STREAMS, STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { clearFault, faulty, isAhead, meetFault, type WireFault } from "../deployment/wire-faults.ts"
import { Attacked, until } from "./attacked-deployment.ts"

const STEP_MS = 300_000
const WAIT_MS = 60_000
const GROUP = "chained"
const PARTITIONS = [0, 1]
const DEVICES = 3
/** Long enough for the other thread to judge what it is given meanwhile. */
const STALL_MS = 6_000
const SEED = "threads end"
/** Of the moments at which a thread ends: some ten transactions. */
const REQUESTS = 40
const ENDS = 8
const services = SERVICES.map((service) => (service.name === faulty.name ? faulty : service))

/** What stood at the moment at which a thread was found to have ended. */
interface Ended {
  readonly cause: string
  readonly notReady: string | null
  readonly shares: unknown
  /** Asked at once: the thread that replaces it takes longer to start than the answers. */
  readonly transactions: Promise<ReadonlyArray<string | null>>
  readonly readyz: Promise<number>
}

describeKafka("threads that judge on Kafka", () => {
  const faults = mkdtempSync(join(tmpdir(), "assay-faults-"))
  const ended: Array<Ended> = []
  const stalled: Array<string> = []
  const alarms: Array<string> = []
  let deployment: Attacked
  let devices: ReadonlyArray<ReadonlyArray<Device>>
  let said = 0

  const transactions = (): Promise<ReadonlyArray<string | null>> =>
    Promise.all(PARTITIONS.map((partition) => deployment.transaction(GROUP, STREAMS.submitted, partition)))
  const readyz = async (): Promise<number> => (await fetch(`${deployment.opened.url}/readyz`)).status
  const heard = (what: string, cause: unknown): void => {
    const { message } = cause as Error
    if (what.includes("makes no progress")) stalled.push(what)
    if (what.startsWith("ALARM")) alarms.push(what)
    if (!what.startsWith("a thread that judges has ended")) return
    const { opened } = deployment
    const at = { cause: message, notReady: opened.notReady(), shares: opened.node.shares() }
    ended.push({ ...at, transactions: transactions(), readyz: readyz() })
  }

  /** `count` messages of each device of the partition. */
  const feed = async (partition: number, count: number): Promise<void> => {
    const calls: Array<Promise<unknown>> = []
    for (let n = 0; n < count; n++) for (const device of devices[partition]!) calls.push(deployment.say(device))
    said += calls.length
    await Promise.all(calls)
  }
  const position = (partition: number): Promise<number> =>
    deployment.log.position(GROUP, { stream: STREAMS.submitted, partition })
  const ready = (): Promise<void> => until(async () => (await readyz()) === 200, "the node is ready", WAIT_MS)
  const counted = async (metric: string): Promise<number> => {
    const line = (await deployment.opened.metrics.scrape()).split("\n").find((one) => one.startsWith(metric))
    return Number(line?.split(" ").at(-1) ?? 0)
  }
  const restores = (): Promise<number> => counted(`assay_restores_total{group="${GROUP}",error_type="other"}`)

  /** Every message has one decision, which a replay of the log gives as well, and nothing of any transaction is left open. */
  const expectWhole = async (): Promise<void> => {
    await ready()
    await deployment.opened.settled()
    const outcomes = await deployment.outcomes()
    expect([...outcomes.values()].filter((all) => all.length !== 1)).toEqual([])
    expect(outcomes.size).toBe(said)
    // Devices that speak in order are trusted after a while.
    for (const [outcome] of outcomes.values()) expect(["annotated", "verified"]).toContain(outcome)
    const pool = new VerifyPool({ size: 1 })
    const report = await replay(deployment.log, deployment.world.rootSet, stagesOver(deployment.log, pool))
    await pool.close()
    expect(report).toMatchObject({ decisions: said, agreed: said, differing: 0 })
    for (const state of await transactions()) expect(["CompleteCommit", "CompleteAbort", "Empty"]).toContain(state)
    for (const stream of ALL_STREAMS)
      for (const partition of PARTITIONS) expect(await deployment.log.heldBack!({ stream, partition })).toBe(0)
  }

  /** Ends the node as an operator does, and starts it again: what it counts and says begins anew. */
  const restart = async (): Promise<void> => {
    await deployment.opened.close()
    const group = `${deployment.settings.prefix}${GROUP}`
    expect(await membersOf(deployment.kafka, [group])).toEqual(new Map([[group, 0]]))
    ended.length = 0
    stalled.length = 0
    alarms.length = 0
    await deployment.start()
    await ready()
  }

  beforeAll(async () => {
    process.env["ASSAY_TEST_FAULTS"] = faults
    deployment = await Attacked.open(
      "chained",
      { workers: 2, stallMs: STALL_MS, batchRecords: 16, httpPort: 0, onProblem: heard },
      services,
    )
    const all = Array.from({ length: 40 }, (_, n) => deployment.world.device(`device ${n}`))
    devices = PARTITIONS.map((partition) =>
      all.filter((device) => deployment.home(device) === partition).slice(0, DEVICES),
    )
    await ready()
    for (const device of devices.flat()) await deployment.say(device, device.presentation())
    said += devices.flat().length
    await Promise.all(PARTITIONS.map((partition) => feed(partition, 5)))
    await expectWhole() // which opens the connections that are asked while a thread is replaced
  }, STEP_MS)
  afterAll(async () => {
    await deployment.close()
    delete process.env["ASSAY_TEST_FAULTS"]
    rmSync(faults, { recursive: true, force: true })
  }, STEP_MS)

  it.each([
    { does: "ends before it", left: ["Ongoing"] },
    { does: "ends behind it", left: ["PrepareCommit", "CompleteCommit"] },
  ] as const)("one that $does, the end of a transaction, is replaced", { timeout: STEP_MS }, async ({ does, left }) => {
    await restart()
    meetFault(0, { at: "end", after: 2, does })
    await Promise.all(PARTITIONS.map((partition) => feed(partition, 30)))
    await until(() => ended.length > 0, "a thread has ended", WAIT_MS)
    const found = ended[0]!
    expect(left).toContain((await found.transactions)[0])
    expect(found.cause).toBe("a thread that judges ended with code 1")
    expect(found.notReady).toContain("partitions 0: their thread has ended and is replaced")
    expect(await found.readyz).toBe(503)
    // The process is the member of the group, and its share is what it was.
    expect(found.shares).toEqual([{ group: GROUP, partitions: PARTITIONS }])
    await expectWhole()
    expect(await restores()).toBe(1)
  })

  it("one that stands still in a transaction is replaced, and the other goes on meanwhile", {
    timeout: STEP_MS,
  }, async () => {
    await restart()
    const [still, other] = [0, 1]
    meetFault(still, { at: "end", after: 0, does: "stands still before it" })
    await feed(still, 10)
    await until(() => !isAhead(still), "it stands still", WAIT_MS)
    const at = await position(still)
    const { end } = await deployment.log.bounds({ stream: STREAMS.submitted, partition: other })
    await feed(other, 20)
    await until(async () => (await position(other)) >= end + 20 * DEVICES, "the other has judged", STALL_MS)
    expect(stalled).toEqual([])
    expect(await position(still)).toBe(at)
    expect((await transactions())[still]).toBe("Ongoing")
    await until(() => ended.length > 0, "it is ended", WAIT_MS)
    expect(stalled).toEqual([`${GROUP} of partition ${still} makes no progress and is restarted`])
    expect((await ended[0]!.transactions)[still]).toBe("Ongoing")
    expect(await ended[0]!.readyz).toBe(503)
    expect(ended[0]!.shares).toEqual([{ group: GROUP, partitions: PARTITIONS }])
    await expectWhole()
    expect(await counted(`assay_stalls_total{group="${GROUP}",partition="${still}"}`)).toBe(1)
    expect(await restores()).toBe(1)
  })

  it("those that end at whichever request of a transaction lose and repeat nothing", { timeout: STEP_MS }, async () => {
    await restart()
    const random = randomOf(SEED)
    for (let end = 0; end < ENDS; end++) {
      const partition = end % PARTITIONS.length
      const does = random.pick<WireFault["does"]>(["ends before it", "ends behind it"])
      meetFault(partition, { at: "any", after: random.below(REQUESTS), does })
      while (isAhead(partition)) await Promise.all([feed(0, 4), feed(1, 4)])
      await until(async () => (await restores()) > end, "a thread has ended", WAIT_MS)
      await ready()
    }
    await expectWhole()
    expect(await restores()).toBe(ENDS)
    expect((await deployment.decisions("verified")).length).toBeGreaterThan(0)
    await restart()
    await expectWhole()
  })

  it("one that ends again and again halts its partitions; the node goes on, and they do when that is over", {
    timeout: STEP_MS,
  }, async () => {
    await restart()
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
    await feed(halted, 5)
    await until(() => alarms.length > 0, "an alarm", 2 * WAIT_MS)
    expect(alarms).toEqual([`ALARM: ${GROUP} of partition ${halted} stands still: its thread ends again and again`])
    const { end } = await deployment.log.bounds({ stream: STREAMS.submitted, partition: other })
    await feed(other, 5)
    await until(async () => (await position(other)) >= end + 5 * DEVICES, "the other has judged", WAIT_MS)
    expect(await counted(`assay_partition_halted{group="${GROUP}",partition="${halted}"}`)).toBe(1)
    expect(await readyz()).toBe(503)
    isOver = true
    await ending
    await until(async () => (await readyz()) === 200, "it is tried again", 2 * WAIT_MS)
    await expectWhole()
    expect(await counted(`assay_partition_halted{group="${GROUP}",partition="${halted}"}`)).toBe(0)
  })
})
