/** An advisory through the pipeline: it reaches devices that say nothing, and what it did is derived again by a replay. */
import { publishKnowledge } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import type { AuditEvent } from "@assay/trust"
import { afterAll, afterEach, beforeEach, expect, it } from "vitest"
import { decidedMessage } from "../hardware/decided.ts"

afterAll(closeVerifyPool)

let world: World
let driver: Driver
let device: Device
let other: Device

const learn = async (one: Device): Promise<void> => {
  await driver.say(one.did, one.presentation())
  await driver.settle()
  for (let n = 0; n < 14; n++) await driver.say(one.did, one.message())
  await driver.settle()
}
/** @param fw whether it says what it runs */
const say = async (fw = false) => {
  const origin = await driver.say(device.did, device.message(fw ? { fw: device.profile.firmware } : {}).bytes)
  await driver.settle()
  return (await decidedMessage(driver, origin)).decision!
}
const publish = async (version: number, affected: ReadonlyArray<readonly [string, "vulnerable" | "revoked"]>) => {
  await publishKnowledge(driver.log, "advisory", world.advisory({ id: "CVE-1", version, affected }))
  await driver.settle()
}
const events = async (kind: AuditEvent["kind"]): Promise<ReadonlyArray<AuditEvent>> =>
  (await driver.audit()).filter((event) => event.kind === kind)

beforeEach(async () => {
  world = new World({ seed: "advisory", now: START, maker: true, clockSeconds: 100_000 })
  device = world.device("pump", { firmware: "listed" })
  other = world.device("other")
  driver = await openDriver(world)
  await learn(device)
  await learn(other)
})
afterEach(() => driver.close())

it("takes the trust of a device that says nothing, and no other's", async () => {
  expect((await say()).outcome).toBe("verified")
  await publish(1, [[device.profile.firmware.digest, "revoked"]])
  const moved = (await events("transition")).filter(({ reasons }) => reasons.includes("anomaly.firmware_withdrawn"))
  expect(moved).toMatchObject([{ device: device.did, from: "trusted", to: "watched" }])
  expect(JSON.parse((await events("incident")).at(-1)!.detail!)).toMatchObject({
    devices: 1,
    watched: 1,
    firmware: [{ version: "2.0.0", status: "revoked", devices: 1 }],
  })
  expect(await say()).toMatchObject({ outcome: "annotated", reasons: ["anomaly.watched"] })
  expect(await say(true)).toMatchObject({ outcome: "quarantined" })
  await driver.restart()
  expect(await driver.replay()).toMatchObject({ differences: [] })
})

it("is taken back by a later version, which no device had to wait out", async () => {
  await publish(1, [[device.profile.firmware.digest, "vulnerable"]])
  expect(await say(true)).toMatchObject({ outcome: "annotated", reasons: ["integrity.firmware_vulnerable"] })
  await publish(2, [])
  expect(await say(true)).toMatchObject({ outcome: "verified", reasons: [] })
})
