/**
 * Before the first trust bundle nobody can tell for which deployment a message is, so it is decided and leaves nothing
 * behind: no reputation, no epoch, no chain, no counter of denied zones. What anybody repeats there harms no device.
 */

import { publishKnowledge } from "@assay/engine"
import { World } from "@assay/fleet"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { afterAll, describe, expect, it } from "vitest"

const START = 1_760_000_000

afterAll(closeVerifyPool)

describe.each(["chained", "staged"] as const)("before the first bundle (%s)", (topology) => {
  it("messages, presentations and their repetitions leave no state behind, and the same device starts anew", async () => {
    const world = new World({ seed: "before the bundle", now: START })
    const driver = await Driver.open({ roots: world.rootSet, now: START * 1000, topology })
    const device = world.device("early")
    const said = [device.presentation(), device.message(), device.message({ epo: 40 }), device.message()]
    const ahead = device.message({ iat: START + 86_400 })
    // A policy alone says nothing about where a message belongs.
    await publishKnowledge(driver.log, "policy", world.signedPolicy)
    const none = driver.stateOf(device.did)
    for (let n = 0; n < 20; n++) for (const signed of [...said, ahead]) await driver.say(device.did, signed)
    await driver.settle()
    expect(driver.stateOf(device.did)).toEqual(none)
    expect(driver.decided).toHaveLength(100)
    for (const { decision, device: who } of driver.decided) {
      expect(decision).toMatchObject({ outcome: "quarantined", trust: "learning", reputation: 0.5 })
      expect(decision.reasons).toEqual(
        expect.arrayContaining(["identity.knowledge_missing", "credential.bundle_missing"]),
      )
      expect(who).toBe(device.did)
    }
    expect((await driver.audit()).map(({ kind }) => kind)).not.toContain("proof")
    expect((await driver.audit()).map(({ kind }) => kind)).not.toContain("transition")

    await publishKnowledge(driver.log, "bundle", world.signedBundle)
    const presented = await driver.say(device.did, device.presentation())
    const first = await driver.say(device.did, device.message())
    await driver.settle()
    expect(driver.decidedAt(presented)!.decision.reputation).toBe(0.5)
    expect(driver.decidedAt(first)!.decision).toMatchObject({ outcome: "annotated", trust: "learning" })
    expect((await driver.replay()).differences).toEqual([])
    await driver.close()
  })
})
