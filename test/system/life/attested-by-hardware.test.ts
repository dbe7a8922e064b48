/** A class whose devices are attested by their own hardware: claimed by the owner, active by the first evidence that is affirmed. */
import { publishKnowledge } from "@assay/engine"
import { claimBy, enrolmentOf, Prover, voucherFor, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { PROFILE_TYPE } from "@assay/knowledge"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { DEFAULT_RULES, lifeMovedIn, VERBS } from "@assay/trust"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

it.each(["chained", "staged"] as const)("%s: no operator says it, and a replay comes to the same", async (topology) => {
  const world = new World({ seed: "attested by hardware", now: START, hardware: true, rights: VERBS })
  const driver = await openDriver(world, { partitions: 1, topology })
  try {
    const device = world.device("gateway", { ordinal: 1 })
    const prover = new Prover(device, world.hardware!.tpm("gateway"), world.hardware!)
    const profile = {
      ...{ version: 1, issued: driver.now - 1, expires: driver.now + 36_000_000 },
      ...DEFAULT_RULES,
      attest: [world.deviceClass],
    }
    await publishKnowledge(
      driver.log,
      "profile",
      dsseSign(PROFILE_TYPE, Buffer.from(JSON.stringify(profile)), world.roots.slice(0, 2)),
    )
    const [owner] = world.operators
    const { identity } = device.profile
    const voucher = voucherFor(world, identity, owner!)
    const enrolment = enrolmentOf(world, voucher, identity, identity)
    const [token, opening] = claimBy(world, owner!, 1, device.did, { voucher, enrolment })
    const label = { honest: true, role: "normal", attack: null, instance: 0, device: "", expect: null } as const
    await driver.submit([{ kind: "control", tokens: [Buffer.from(token.bytes).toString("latin1"), opening], label }])
    await driver.say(device.did, device.presentation())
    await driver.settle()
    const lives = async () =>
      (await driver.audit()).flatMap((event) => {
        const moved = lifeMovedIn(event)
        return moved === null ? [] : [{ to: moved.to, evidence: moved.evidence }]
      })
    expect((await lives()).map(({ to }) => to)).toEqual(["manufactured", "claimed"])

    const evidence = prover.evidence()
    const origin = await driver.say(device.did, evidence)
    await driver.settle()
    expect(driver.decidedAt(origin)!.decision.reasons).toEqual(["anomaly.device_not_enrolled"])
    expect((await lives()).slice(2)).toEqual([
      { to: "attested", evidence: evidence.digest },
      { to: "active", evidence: null },
    ])
    const said = await driver.say(device.did, device.message())
    await driver.settle()
    expect(driver.decidedAt(said)!.decision.reasons).toEqual(["anomaly.learning"])
    await driver.restart()
    expect((await driver.replay()).differences).toEqual([])
  } finally {
    await driver.close()
  }
})
