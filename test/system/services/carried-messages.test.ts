/** Through the five stages: what a network does with the messages of an honest device moves none of its trust. */
import type { Device, World } from "@assay/fleet"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { type ReasonCode, reasonInfo } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const seconds = (driver: Driver): number => Math.floor(driver.now / SECOND)

/** A trusted device that speaks once a second. */
const plant = async (seed: string) => {
  const world: World = aWorld(seed)
  const driver = await openDriver(world)
  const device = world.device(seed)
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 40; n++) {
    await driver.say(device.did, device.message({ iat: seconds(driver) }))
    driver.now += SECOND
  }
  await driver.settle()
  return { driver, device }
}

/** Hands over what was held, all at once, and what each came to. */
const letGo = async (driver: Driver, device: Device, held: ReadonlyArray<ReturnType<Device["message"]>>) => {
  const origins = []
  for (const message of held) origins.push(await driver.say(device.did, message))
  await driver.settle()
  return origins.map((origin) => driver.decidedAt(origin)!.decision)
}

const charging = (decisions: ReadonlyArray<{ readonly reasons: ReadonlyArray<ReasonCode> }>) =>
  new Set(
    decisions
      .flatMap(({ reasons }) => reasons)
      .filter((code) => reasonInfo(code).attribution === "device" && reasonInfo(code).weight > 0),
  )

describe("messages that a network", () => {
  it("held for six hours are backfill, then timely, and cost nothing", async () => {
    const { driver, device } = await plant("offline")
    const held = []
    for (let n = 0; n < 360; n++) {
      driver.now += MINUTE
      held.push(device.message({ iat: seconds(driver) }))
    }
    const decisions = await letGo(driver, device, held)
    expect(decisions.map(({ outcome }) => outcome)).not.toContain("quarantined")
    expect(charging(decisions)).toEqual(new Set())
    expect(decisions.filter(({ reasons }) => reasons.includes("identity.backfill")).length).toBeGreaterThan(290)
    expect(decisions.at(-1)).toMatchObject({ outcome: "verified", trust: "trusted" })
    await driver.close()
  })

  it("lost every second one of cost nothing but their annotation", async () => {
    const { driver, device } = await plant("lossy")
    const arrived = []
    for (let n = 0; n < 200; n++) {
      const message = device.message({ iat: seconds(driver) })
      if (n % 2 === 0) arrived.push(...(await letGo(driver, device, [message])))
      driver.now += SECOND
    }
    const before = arrived[0]!
    for (const { outcome, trust, reputation } of arrived) {
      expect([outcome === "quarantined", trust]).toEqual([false, "trusted"])
      expect(reputation).toBeGreaterThanOrEqual(before.reputation!)
    }
    await driver.close()
  })

  it("held until they are stale are withheld, and cost nothing", async () => {
    const { driver, device } = await plant("stale")
    const held = [0, 1, 2, 3].map(() => device.message({ act: "event", iat: seconds(driver) }))
    driver.now += HOUR
    const decisions = await letGo(driver, device, held)
    for (const { outcome, reasons, trust } of decisions)
      expect([outcome, reasons, trust]).toEqual(["quarantined", ["identity.stale"], "trusted"])
    const [next] = await letGo(driver, device, [device.message({ iat: seconds(driver) })])
    expect(next).toMatchObject({ outcome: "verified", reputation: decisions[0]!.reputation })
    await driver.close()
  })

  it("turned around, within what is tolerated, cost nothing", async () => {
    const { driver, device } = await plant("reversed")
    for (let round = 0; round < 4; round++) {
      const held = []
      for (let n = 0; n < 12; n++) {
        driver.now += SECOND
        held.push(device.message({ iat: seconds(driver) }))
      }
      const decisions = await letGo(driver, device, held.toReversed())
      expect(charging(decisions)).toEqual(new Set())
      for (const { trust } of decisions) expect(trust).toBe("trusted")
    }
    await driver.close()
  })
})
