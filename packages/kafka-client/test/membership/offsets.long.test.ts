/**
 * Members and positions share a group id. A transaction commits positions without the member's generation (TxnOffsetCommit
 * v1, all that kafkajs knows): is that accepted whatever state the group is in?
 */

import { describeBroker } from "@assay/testkit/kafka"
import type { Admin, Producer } from "kafkajs"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Coordinator } from "../../src/membership/coordinator.ts"
import { encodeShares, encodeSubscription } from "../../src/membership/subscription.ts"
import { type Broker, eventually, makeTopic, member, SESSION_MS, startBroker } from "./setup.ts"

describeBroker("positions beside members", () => {
  let broker: Broker
  let admin: Admin
  let producer: Producer
  let topic: string
  let offset = 0

  beforeAll(async () => {
    broker = await startBroker()
    topic = await makeTopic(broker.kafka, 2)
    admin = broker.kafka.admin()
    await admin.connect()
    producer = broker.kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
  }, 120_000)
  afterAll(async () => {
    await producer?.disconnect()
    await admin?.disconnect()
    await broker?.stop()
  })

  const state = async (): Promise<string> => (await admin.describeGroups([topic])).groups[0]!.state

  const commitIn = async (expected: string): Promise<void> => {
    expect(await state()).toBe(expected)
    offset++
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ partition: 0, value: "output" }] })
    await transaction.sendOffsets({
      consumerGroupId: topic,
      topics: [{ topic, partitions: [{ partition: 1, offset: String(offset) }] }],
    })
    await transaction.commit()
    expect(await state()).toBe(expected === "Dead" ? "Empty" : expected)
    await eventually(async () => {
      const [fetched] = await admin.fetchOffsets({ groupId: topic, topics: [topic] })
      expect(fetched!.partitions.find(({ partition }) => partition === 1)!.offset).toBe(String(offset))
    })
  }

  const coordinator = async (): Promise<Coordinator> => {
    const one = new Coordinator(broker.kafka, topic, 1)
    await one.connect()
    return one
  }

  const joinGroup = (one: Coordinator, memberId = "") =>
    one.join(
      {
        memberId,
        sessionTimeoutMs: 10 * SESSION_MS,
        rebalanceTimeoutMs: 10 * SESSION_MS,
        subscription: encodeSubscription(topic, { generation: -1, owned: [], partitions: 2 }),
      },
      () => undefined,
    )

  it("positions are committed in a transaction in every state of the group", async () => {
    // So Kafka calls a group that does not exist.
    await commitIn("Dead")
    const [first, second] = [await coordinator(), await coordinator()]
    const { memberId, generationId, members } = await joinGroup(first)
    await commitIn("CompletingRebalance")
    await first.sync(memberId, generationId, encodeShares(members))
    await commitIn("Stable")
    const joining = joinGroup(second)
    await eventually(async () => expect(await state()).toBe("PreparingRebalance"))
    await commitIn("PreparingRebalance")
    await joinGroup(first, memberId)
    await commitIn("CompletingRebalance")
    await first.leave(memberId)
    await second.leave((await joining).memberId)
    await commitIn("Empty")
    for (const one of [first, second]) one.close()

    const { membership } = await member(broker, topic, 2)
    await commitIn("Stable")
    await membership.leave()
  })
})
