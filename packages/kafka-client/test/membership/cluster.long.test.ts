/** Three brokers, so that the coordinator of the group can move. */

import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Coordinator } from "../../src/membership/coordinator.ts"
import { type Broker, eventually, makeTopic, member, startBroker } from "./setup.ts"

const ALL = [0, 1, 2, 3, 4, 5]

describeBroker("membership on three brokers", () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ nodes: 3 })
  }, 180_000)
  afterAll(() => broker?.stop())

  const withAdmin = async <T>(use: (admin: ReturnType<Broker["kafka"]["admin"]>) => Promise<T>): Promise<T> => {
    const admin = broker.kafka.admin()
    await admin.connect()
    try {
      return await use(admin)
    } finally {
      await admin.disconnect()
    }
  }

  /** The node id, by the connection that a member would use. */
  const findCoordinator = async (group: string): Promise<number> => {
    const coordinator = new Coordinator(broker.kafka, group, broker.settings.brokers.length)
    await coordinator.connect()
    const { nodeId } = coordinator
    coordinator.close()
    return nodeId
  }

  it("members keep their shares when the coordinator of their group dies, and another takes over", async () => {
    // A broker is missed after 9 s; the new coordinator then gives every member a whole session.
    const settings = { ...broker.settings, sessionTimeoutMs: 10_000, retryMs: 10_000 }
    const topic = await makeTopic(broker.kafka, ALL.length)
    const a = await member({ ...broker, settings }, topic, ALL.length)
    const b = await member({ ...broker, settings }, topic, ALL.length)
    await eventually(() => expect([...a.share, ...b.share].sort()).toEqual(ALL))
    const reported = [a.shares.length, b.shares.length]

    const group = await withAdmin((admin) => admin.describeGroups([topic]))
    const coordinator = await findCoordinator(topic)
    const node = broker.cluster.nodes.find(({ id }) => id === coordinator)!
    await node.kill("SIGKILL")
    await eventually(() => expect(Math.min(a.problems.length, b.problems.length)).toBeGreaterThan(0), 20_000)
    await eventually(async () => {
      expect(await a.membership.confirm(a.share[0]!)).toBe(true)
      expect(await b.membership.confirm(b.share[0]!)).toBe(true)
    }, 60_000)
    expect(await findCoordinator(topic)).not.toBe(coordinator)
    expect([a.shares.length, b.shares.length]).toEqual(reported)
    const now = await withAdmin((admin) => admin.describeGroups([topic]))
    const names = ({ groups }: typeof now) => groups[0]!.members.map(({ memberId }) => memberId).sort()
    expect(names(now)).toEqual(names(group))

    // It gets its groups back when it returns, and the members find it there.
    await node.start()
    await a.membership.leave()
    await eventually(() => expect(b.share).toEqual(ALL), 30_000)
    await b.membership.leave()
  }, 180_000)
})
