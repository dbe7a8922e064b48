/** A profile in force sets the limits of identity-resolver and anomaly-quarantine, is cited, and withholds once expired. */
import { publishKnowledge } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { PROFILE_TYPE } from "@assay/knowledge"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { DEFAULT_RULES, type Profile } from "@assay/trust"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

const MINUTE = 60_000
const world = aWorld("profiled")

const publish = async (driver: Driver, over: Partial<Profile>): Promise<string> => {
  const profile: Profile = {
    version: 1,
    issued: driver.now - 1,
    expires: driver.now + 600 * MINUTE,
    ...DEFAULT_RULES,
    ...over,
  }
  const bytes = dsseSign(PROFILE_TYPE, Buffer.from(JSON.stringify(profile)), world.roots.slice(0, 2))
  const { hash } = await publishKnowledge(driver.log, "profile", bytes)
  await driver.settle()
  return hash
}

const speak = async (driver: Driver, device: Device, ageS = 0) => {
  const origin = await driver.say(
    device.did,
    device.message({ act: "telemetry", iat: Math.floor(driver.now / 1000) - ageS }),
  )
  await driver.settle()
  const { decision } = driver.decidedAt(origin)!
  const event = (await driver.audit()).findLast(({ kind }) => kind === "decision")!
  const cited = (stage: string): ReadonlyArray<string> =>
    event.verdicts.find((verdict) => verdict.stage === stage)!.knowledge
  return { ...decision, identity: cited("identity"), anomaly: cited("anomaly") }
}

it("loosens and tightens what it names, is cited, and withholds once it has expired", { timeout: 60_000 }, async () => {
  const driver = await openDriver(world, { partitions: 1 })
  try {
    const device = world.device("profiled")
    await driver.say(device.did, device.presentation())
    await driver.settle()
    for (let n = 0; n < 15; n++) await speak(driver, device)
    const before = await speak(driver, device)
    expect(before).toMatchObject({ outcome: "verified", anomaly: [] })
    expect(before.identity).toHaveLength(1)

    await driver.tick(MINUTE)
    const freshness = { ...DEFAULT_RULES.freshness, telemetry: 5 }
    const strict = await publish(driver, { freshness })
    expect(await speak(driver, device)).toMatchObject({
      outcome: "verified",
      identity: [before.identity[0], strict],
      anomaly: [strict],
    })
    expect((await speak(driver, device, 10)).reasons).toContain("identity.stale")

    const loose = await publish(driver, { version: 2, freshness: { ...freshness, telemetry: 7_200 } })
    await driver.tick(90 * MINUTE)
    const late = await speak(driver, device, 4_000)
    expect(late.reasons).not.toContain("identity.stale")
    expect(late.anomaly).toEqual([loose])

    await driver.restart()
    await driver.tick(600 * MINUTE)
    const expired = await speak(driver, device)
    expect(expired).toMatchObject({ outcome: "quarantined" })
    expect(expired.reasons).toContain("anomaly.profile_expired")

    expect(await driver.replay()).toMatchObject({ differing: 0 })
  } finally {
    await driver.close()
  }
})

it("sets the containment: fewer strikes quarantine", async () => {
  const outcomes: Array<string> = []
  for (const strikes of [3, 1]) {
    const driver = await openDriver(world, { partitions: 1 })
    try {
      const device = world.device("struck")
      if (strikes !== 3) await publish(driver, { containment: { ...DEFAULT_RULES.containment, strikes } })
      await driver.say(device.did, device.presentation())
      await driver.settle()
      for (let n = 0; n < 12; n++) await speak(driver, device)
      await driver.say(device.did, device.message({ act: "telemetry", prv: "A".repeat(43) }))
      await driver.settle()
      outcomes.push((await speak(driver, device)).trust!)
    } finally {
      await driver.close()
    }
  }
  expect(outcomes[0]).not.toBe("quarantined")
  expect(outcomes[1]).toBe("quarantined")
})
