/**
 * The roots are exchanged as docs/guides/operations.md says, with a restart after every step: the nodes keep the old
 * `roots.json` until everything in force bears the new signatures, then pin the new ones.
 */
import { publishKnowledge } from "@assay/engine"
import { type DsseSigner, dsseSign } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"
import { ConfigurationError } from "@assay/settings"
import { closeVerifyPool, keyOf } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import type { RootSet } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const policyOf = (signed: Uint8Array, version: number, signers: ReadonlyArray<DsseSigner>): Uint8Array => {
  const { payload } = JSON.parse(Buffer.from(signed).toString()) as { payload: string }
  const text = Buffer.from(payload, "base64")
    .toString()
    .replace(/^version: \d+$/m, `version: ${version}`)
  return dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(text), signers)
}

describe.each(["chained", "staged"] as const)("new roots (%s)", (topology) => {
  it("come into force by a bundle that old and new sign, and every restart on the way finds them", async () => {
    const world = aWorld("rotation")
    const next = aWorld("rotation, the next roots")
    const [old, fresh] = [world.roots.slice(0, 2), next.roots.slice(0, 2)]
    const driver = await openDriver(world, { topology, partitions: 2 })
    const device = world.device("through it all")

    /** Restarts, then a device speaks and is believed. */
    const goesOn = async (outcome: string, pinned: RootSet = world.rootSet): Promise<void> => {
      await driver.settle()
      driver.pin(pinned)
      await driver.restart()
      const origin = await driver.say(device.did, device.message())
      await driver.settle()
      expect(driver.decidedAt(origin)!.decision.outcome).toBe(outcome)
    }
    const activate = async (item: "bundle" | "policy", body: Uint8Array, accepted = true): Promise<void> => {
      const { origins } = await publishKnowledge(driver.log, item, body)
      await driver.settle()
      const at = new Set(origins.map(keyOf))
      const outcomes = (await driver.audit()).filter(({ kind, origin }) => kind === "control" && at.has(keyOf(origin)))
      expect(outcomes.map(({ count }) => count)).toEqual(origins.map(() => (accepted ? 1 : 0)))
    }

    await driver.settle()
    await driver.say(device.did, device.presentation())
    await driver.settle()
    for (let n = 0; n < 12; n++) await driver.say(device.did, device.message())
    await goesOn("verified")

    // 1. The bundle that names the next roots, signed by a threshold of both.
    const { bundle } = world
    const handover = { ...bundle, version: 10, nextRoots: next.rootSet }
    await activate("bundle", signBundle(handover, old), false)
    await goesOn("verified")
    await activate("bundle", signBundle(handover, [...old, ...fresh]))
    await goesOn("verified")

    // 2. From here on the new roots sign, and the old ones no more. The policy in force is still that of the old.
    await activate("bundle", signBundle({ ...bundle, version: 11 }, old), false)
    await activate("bundle", signBundle({ ...bundle, version: 11 }, fresh))
    await goesOn("verified")

    // 3. The new roots must not be pinned yet: the policy in force bears no signature of theirs.
    driver.pin(next.rootSet)
    const refused = await driver.restart().catch((cause: unknown) => cause)
    expect(refused).toBeInstanceOf(ConfigurationError)
    expect((refused as Error).message).toContain("pin newer roots only when everything in force bears their signatures")
    driver.pin(world.rootSet)
    await driver.restart()
    await goesOn("verified")

    // 4. The policy, signed by the new roots.
    await activate("policy", policyOf(world.signedPolicy, 10, old), false)
    await activate("policy", policyOf(world.signedPolicy, 10, fresh))
    await goesOn("verified")

    // 5. Now a node may pin the new roots, or keep the old ones.
    await goesOn("verified", next.rootSet)
    await activate("bundle", signBundle({ ...bundle, version: 12 }, fresh))
    await goesOn("verified", next.rootSet)
    await goesOn("verified")

    // The whole log, from the roots that it began with.
    expect((await driver.replay()).differences).toEqual([])
    await driver.close()
  })
})
