import { LogSetupError } from "@assay/log"
import { describeBroker } from "@assay/testkit/kafka"
import * as Redacted from "effect/Redacted"
import kafkajs from "kafkajs"
import { afterAll, beforeAll, expect, it } from "vitest"
import { kafkaClient } from "../../src/connect/client.ts"
import type { KafkaSettings } from "../../src/connect/settings.ts"
import { type Broker, eventually, makeTopic, member, startBroker } from "./setup.ts"

describeBroker("membership on a secured broker", () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ secure: true, users: ["stage"] })
  }, 120_000)
  afterAll(() => broker?.stop())

  const settingsOf = (password: string): KafkaSettings => {
    const { ssl } = broker.cluster.clientAs("stage")
    const [ca] = (ssl as { ca: Array<string> }).ca
    return {
      ...broker.settings,
      tls: { ca: ca!, cert: null, key: null },
      sasl: { mechanism: "scram-sha-512", username: "stage", password: Redacted.make(password) },
    }
  }

  const joinAs = (topic: string, settings: KafkaSettings) =>
    member({ kafka: kafkaClient(settings), settings }, topic, 2)

  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
  const rightTo = (group: string) => ({
    resourceType: AclResourceTypes.GROUP,
    resourceName: group,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: "User:stage",
    host: "*",
    operation: AclOperationTypes.READ,
    permissionType: AclPermissionTypes.ALLOW,
  })

  it("who may not join gets the name of the group and the command that grants it; nothing but the group must be granted", async () => {
    const topic = await makeTopic(broker.kafka, 2)
    const settings = settingsOf(broker.cluster.users["stage"]!)
    const refused = joinAs(topic, settings)
    await expect(refused).rejects.toBeInstanceOf(LogSetupError)
    await expect(refused).rejects.toThrow(`consumer group ${topic}: this principal may not join it`)
    await expect(refused).rejects.toThrow("assay topics apply --acls")

    const admin = broker.kafka.admin()
    await admin.connect()
    await admin.createAcls({ acl: [rightTo(topic)] })
    const granted = await eventuallyJoined(() => joinAs(topic, settings))
    expect(granted.share).toEqual([0, 1])

    // Taken away from a running member: it has nothing, says why, and is back by itself when it may again.
    await admin.deleteAcls({ filters: [rightTo(topic)] })
    await eventually(() => expect(granted.share).toEqual([]))
    expect(granted.problems.at(-1)).toBeInstanceOf(LogSetupError)
    await admin.createAcls({ acl: [rightTo(topic)] })
    await eventually(() => expect(granted.share).toEqual([0, 1]))
    await granted.membership.leave()
    await admin.disconnect()
  })

  it("who has the wrong password gets the names of the settings", async () => {
    const refused = joinAs(await makeTopic(broker.kafka, 2), settingsOf("wrong"))
    await expect(refused).rejects.toBeInstanceOf(LogSetupError)
    await expect(refused).rejects.toThrow("KAFKA_SASL_PASSWORD")
  })
})

/** A new right takes a moment to reach the broker. */
const eventuallyJoined = async <T>(attempt: () => Promise<T>): Promise<T> => {
  let joined: T | null = null
  await eventually(async () => {
    joined = await attempt()
  })
  return joined!
}
