/** A device that loses its counters with each sleep: a proof of two copies, unless the profile names its class as volatile. */
import { publishKnowledge } from "@assay/engine"
import { dsseSign } from "@assay/jose"
import { PROFILE_TYPE } from "@assay/knowledge"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { DEFAULT_RULES, type Profile } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const MINUTE = 60_000
const world = aWorld("volatile")

/** Three sleeps of a device with a counter in memory alone: what becomes of each message, and of the device. */
const sleeps = async (topology: "chained" | "staged", volatile: ReadonlyArray<string>) => {
  const driver = await openDriver(world, { partitions: 1, topology })
  try {
    const profile: Profile = {
      ...{ version: 1, issued: driver.now - 1, expires: driver.now + 600 * MINUTE },
      ...DEFAULT_RULES,
      volatile,
    }
    const bytes = dsseSign(PROFILE_TYPE, Buffer.from(JSON.stringify(profile)), world.roots.slice(0, 2))
    await publishKnowledge(driver.log, "profile", bytes)
    const { did } = world.device("sleeper")
    await driver.say(did, world.device("sleeper").presentation())
    await driver.settle()
    const outcomes: Array<ReadonlyArray<string>> = []
    for (let boot = 0; boot < 3; boot++) {
      await driver.tick(10 * MINUTE)
      // As it left the works: it knows its key and nothing of what it said.
      const device = world.device("sleeper")
      const said = []
      for (let n = 0; n < 14; n++)
        said.push(await driver.say(did, device.message({ act: "telemetry", iat: Math.floor(driver.now / 1000) })))
      await driver.settle()
      outcomes.push(said.map((origin) => driver.decidedAt(origin)!.decision.outcome))
    }
    expect(await driver.replay()).toMatchObject({ differing: 0 })
    return { outcomes, states: (await driver.audit()).flatMap(({ kind, to }) => (kind === "transition" ? [to] : [])) }
  } finally {
    await driver.close()
  }
}

describe.each(["chained", "staged"] as const)("%s", (topology) => {
  it("is contested with its first message, and goes on where the class is volatile", async () => {
    const { outcomes, states } = await sleeps(topology, [world.deviceClass])
    expect(states).toEqual(["learning", "trusted"])
    for (const outcome of outcomes.slice(1)) {
      expect(outcome[0]).toBe("annotated")
      expect(outcome.slice(-10)).toEqual(Array(10).fill("verified"))
      expect(outcome).not.toContain("quarantined")
    }
  })

  it("is convicted where it is not", async () => {
    expect((await sleeps(topology, ["another"])).states).toContain("quarantined")
  })
})
