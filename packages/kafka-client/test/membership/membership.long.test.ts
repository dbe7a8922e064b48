import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { LogSetupError, UnavailableError } from "@assay/log"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { Coordinator } from "../../src/membership/coordinator.ts"
import { join } from "../../src/membership/membership.ts"
import {
  type Broker,
  eventually,
  makeTopic,
  member,
  type Observed,
  RETRY_MS,
  SESSION_MS,
  startBroker,
} from "./setup.ts"

const PARTITIONS = 8
const ALL = [0, 1, 2, 3, 4, 5, 6, 7]

describeBroker("membership on a real broker", () => {
  let broker: Broker
  const members: Array<Observed> = []
  const children: Array<ChildProcess> = []

  beforeAll(async () => {
    broker = await startBroker()
  }, 120_000)
  afterAll(() => broker?.stop())
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL")
    await Promise.all(members.splice(0).map(({ membership }) => membership.leave()))
  })

  const add = async (topic: string): Promise<Observed> => {
    const observed = await member(broker, topic, PARTITIONS)
    members.push(observed)
    return observed
  }

  const addProcess = (topic: string) => {
    const script = new URL("child.ts", import.meta.url).pathname
    const args = [broker.settings.brokers.join(","), topic, String(PARTITIONS), String(SESSION_MS)]
    const child = spawn(process.execPath, ["--no-warnings", script, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    children.push(child)
    const shares: Array<ReadonlyArray<number>> = []
    createInterface(child.stdout!).on("line", (line) => shares.push(JSON.parse(line) as Array<number>))
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve))
    return { child, shares, ended }
  }

  const together = (...some: ReadonlyArray<{ readonly share: ReadonlyArray<number> }>): Array<number> =>
    some.flatMap(({ share }) => share).sort((a, b) => a - b)

  /** The group's members as Kafka's own protocol shows them. */
  const describeGroup = async (group: string) => {
    const admin = broker.kafka.admin()
    await admin.connect()
    const { groups } = await admin.describeGroups([group])
    await admin.disconnect()
    return groups[0]!
  }

  /** Throws a member out as an operator would, behind its back. */
  const throwOut = async (group: string, memberId: string): Promise<void> => {
    const coordinator = new Coordinator(broker.kafka, group, 1)
    await coordinator.connect()
    await coordinator.leave(memberId)
    coordinator.close()
  }

  describe("a group", () => {
    it("shares the partitions among its members, moves as few as it can, and gets them back from those who leave", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      expect(a.shares).toEqual([ALL])
      const b = await add(topic)
      expect(b.shares).toHaveLength(1)
      await eventually(() => expect(together(a, b)).toEqual(ALL))
      expect(a.share).toEqual([0, 1, 2, 3])
      const c = await add(topic)
      await eventually(() => expect(together(a, b, c)).toEqual(ALL))
      expect([a.share.length, b.share.length, c.share.length].sort()).toEqual([2, 3, 3])
      for (const one of [a, b]) expect(one.shares.at(-2)).toEqual(expect.arrayContaining([...one.share]))

      const described = await describeGroup(topic)
      expect(described).toMatchObject({ state: "Stable", protocol: "assay-sticky", protocolType: "consumer" })
      expect(described.members).toHaveLength(3)

      const kept = [a.share, c.share]
      const left = performance.now()
      await b.membership.leave()
      expect(performance.now() - left).toBeLessThan(1_000)
      await eventually(() => expect(together(a, c)).toEqual(ALL))
      expect(a.share).toEqual(expect.arrayContaining([...kept[0]!]))
      expect(c.share).toEqual(expect.arrayContaining([...kept[1]!]))
      expect((await describeGroup(topic)).members).toHaveLength(2)
      expect(await b.membership.confirm(0)).toBe(false)
      expect(b.problems).toEqual([])
    })

    it("confirms what is a member's share by asking anew, also in the middle of a rebalance", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      expect(await a.membership.confirm(7)).toBe(true)
      expect(await a.membership.confirm(8)).toBe(false)
      // By its old share it would say true: the answer waits for the rebalance that b has begun.
      const joining = add(topic)
      await eventually(async () => expect((await describeGroup(topic)).members).toHaveLength(2))
      expect(await a.membership.confirm(7)).toBe(false)
      expect(await (await joining).membership.confirm(7)).toBe(true)
    })

    it("tells a member that was thrown out that it has nothing, until it is in again", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      const { members: described } = await describeGroup(topic)
      await throwOut(topic, described[0]!.memberId)
      expect(await a.membership.confirm(3)).toBe(true)
      expect(a.shares).toEqual([ALL, [], ALL])
      expect(a.problems[0]).toBeInstanceOf(UnavailableError)
    })

    it("goes on without a process that is killed", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      const { child, shares } = addProcess(topic)
      await eventually(() => expect(a.share).toHaveLength(4))
      await eventually(() => expect(shares).toHaveLength(1))
      child.kill("SIGKILL")
      await eventually(() => expect(a.share).toEqual(ALL))
    })

    it("takes a process back that slept past its session: first it has nothing, then what balance gives it", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      const { child, shares, ended } = addProcess(topic)
      await eventually(() => expect(a.share).toHaveLength(4))
      await eventually(() => expect(shares).toHaveLength(1))
      child.kill("SIGSTOP")
      await eventually(() => expect(a.share).toEqual(ALL))
      child.kill("SIGCONT")
      await eventually(() => expect(a.share).toHaveLength(4))
      await eventually(() => expect(shares).toHaveLength(3))
      expect(shares[1]).toEqual([])
      expect(together(a, { share: shares[2]! })).toEqual(ALL)

      child.kill("SIGTERM")
      expect(await ended).toBe(0)
      await eventually(() => expect(a.share).toEqual(ALL), SESSION_MS / 2)
    })

    it("can be left while it waits for a member that sleeps", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      const { child, shares } = addProcess(topic)
      await eventually(() => expect(shares).toHaveLength(1))
      child.kill("SIGSTOP")
      const joining = add(topic)
      await eventually(async () => expect((await describeGroup(topic)).state).toBe("PreparingRebalance"))
      const question = a.membership.confirm(0)
      const left = performance.now()
      await a.membership.leave()
      expect(performance.now() - left).toBeLessThan(2_000)
      expect(await question).toBe(false)
      expect((await joining).shares).toEqual([ALL])
    })
  })

  describe("a member whose broker goes away", () => {
    it("keeps its share, says what is wrong, answers no questions, and goes on as the same member when the broker is back", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      const [node] = broker.cluster.nodes
      const before = await describeGroup(topic)
      await node!.stop()
      const asked = performance.now()
      await expect(a.membership.confirm(0)).rejects.toBeInstanceOf(UnavailableError)
      expect(performance.now() - asked).toBeGreaterThan(RETRY_MS - 50)
      expect(performance.now() - asked).toBeLessThan(RETRY_MS + 1_000)
      expect(a.problems.length).toBeGreaterThan(1)
      // Backoff: 50 ms, doubled up to 2 s, less up to a half.
      expect(a.problems.length).toBeLessThan(30)
      expect(a.problems.every((problem) => problem instanceof UnavailableError)).toBe(true)
      await node!.start()
      await eventually(async () => expect(await a.membership.confirm(0)).toBe(true), 30_000)
      expect(a.share).toEqual(ALL)
      const now = await describeGroup(topic)
      // The coordinator, which read the group from its log, gives every member a whole session anew.
      expect(now.members.map(({ memberId }) => memberId)).toEqual(before.members.map(({ memberId }) => memberId))
      expect(a.shares).toEqual([ALL])
    })

    it("has its share again after the broker was killed, where nobody else was there to take it", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      const [node] = broker.cluster.nodes
      await node!.kill("SIGKILL")
      await node!.start()
      await eventually(async () => expect(await a.membership.confirm(0)).toBe(true), 30_000)
      expect(a.share).toEqual(ALL)
      // A broker counts the sessions of its groups while it recovers and refuses everybody, so a short one may run out.
      expect([[ALL], [ALL, [], ALL]]).toContainEqual(a.shares)
    })

    it("can leave in bounded time while the broker hangs, and joins in bounded time or not at all", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const a = await add(topic)
      const [node] = broker.cluster.nodes
      await node!.kill("SIGSTOP")
      try {
        const left = performance.now()
        await a.membership.leave()
        expect(performance.now() - left).toBeLessThan(4_000)
        expect(a.problems.at(-1)).toBeInstanceOf(UnavailableError)
        const tried = performance.now()
        await expect(add(topic)).rejects.toBeInstanceOf(UnavailableError)
        expect(performance.now() - tried).toBeLessThan(2 * RETRY_MS + 4_000)
      } finally {
        await node!.kill("SIGCONT")
      }
      expect((await add(topic)).share).toEqual(ALL)
    })
  })

  describe("join refuses", () => {
    const joinAs = (topic: string, sessionTimeoutMs: number) =>
      join(
        broker.kafka,
        { ...broker.settings, sessionTimeoutMs },
        { group: topic, topic, partitions: PARTITIONS, onAssigned: () => undefined, onProblem: () => undefined },
      )

    it("a session timeout that the brokers do not accept, by the name of the setting", async () => {
      const joining = joinAs(await makeTopic(broker.kafka, PARTITIONS), 500)
      await expect(joining).rejects.toBeInstanceOf(LogSetupError)
      await expect(joining).rejects.toThrow("KAFKA_SESSION_TIMEOUT_MS")
    })

    it("a group that other software uses, by the name of the group", async () => {
      const topic = await makeTopic(broker.kafka, PARTITIONS)
      const consumer = broker.kafka.consumer({ groupId: topic })
      await consumer.connect()
      await consumer.subscribe({ topic })
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
      await consumer.run({ eachMessage: async () => undefined })
      await joined
      try {
        const joining = joinAs(topic, SESSION_MS)
        await expect(joining).rejects.toBeInstanceOf(LogSetupError)
        await expect(joining).rejects.toThrow(`consumer group ${topic}: other software uses`)
      } finally {
        await consumer.disconnect()
      }
    })
  })
})
