/** What operators decided about a device that nobody has admitted yet outlives any crowd of strangers, and a restart. */

import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import type { AnyStage } from "@assay/trust"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

const POOL = 4

it.each(["chained", "staged"] as const)("a revoked stranger stays revoked (%s)", async (topology) => {
  const world = aWorld("revoked stranger")
  const adapt = (stages: ReadonlyArray<AnyStage>): ReadonlyArray<AnyStage> =>
    stages.map((stage) => ({ ...stage, strangers: { ...stage.strangers, maximum: POOL } }))
  const driver = await openDriver(world, { topology, adapt })
  const device = world.device("stranger")
  await driver.say(device.did, device.message())
  await driver.settle()
  const order = { verb: "revoke", target: device.did, seq: 1 } as const
  await driver.command(world.command(world.operators[0]!, order), world.command(world.operators[1]!, order))
  await driver.settle()
  const crowd = async (from: number): Promise<void> => {
    for (let n = from; n < from + 3 * POOL; n++) {
      const one = world.device(`crowd ${n}`, { ordinal: n, credential: { kind: "none" } })
      await driver.say(one.did, one.message())
    }
    await driver.settle()
  }
  await crowd(0)
  await driver.restart()
  await crowd(100)
  await driver.say(device.did, device.presentation())
  await driver.settle()
  const origin = await driver.say(device.did, device.message())
  await driver.settle()
  const decision = driver.decidedAt(origin)?.decision
  expect([decision?.outcome, decision?.trust]).toEqual(["quarantined", "revoked"])
  expect((await driver.replay()).differing).toBe(0)
  await driver.close()
})
