/** Invariant 1: nothing reaches `verified` without five `pass` verdicts from a trusted device with its obligations met. */
import { publishKnowledge } from "@assay/engine"
import { ATTACKS, policyText } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"
import { closeVerifyPool, keyOf } from "@assay/testkit/driver"
import { aWorld, openDriver, runFleet, START } from "@assay/testkit/fleet"
import { ASSURANCES, STAGES } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

describe("invariant 1: only trusted devices are verified", () => {
  it("holds for every record of verified, with all attacks in the stream", async () => {
    const { driver, submissions } = await runFleet({ attacks: ATTACKS }, { partitions: 2 })
    const verified = await driver.decisions("verified")
    expect(verified.length).toBeGreaterThan(200)
    for (const message of verified) {
      for (const stage of STAGES) expect(message.verdicts[stage]).toMatchObject({ outcome: "pass", reasons: [] })
      expect(message.decision).toMatchObject({ outcome: "verified", trust: "trusted", kind: "original", reasons: [] })
      for (const { kind, value } of message.verdicts.segmentation!.obligations) {
        if (kind === "minTrust") expect(message.decision!.reputation! * 100).toBeGreaterThanOrEqual(value)
        else expect(ASSURANCES.indexOf(message.verdicts.credential!.assurance)).toBeGreaterThanOrEqual(value)
      }
    }
    // No attempt of an attack is among them, except where it says that it must not be punished.
    const bytes = new Set(verified.map(({ envelope }) => Buffer.from(envelope.bytes).toString("latin1")))
    const wrong = submissions.filter(
      ({ kind, label }) =>
        kind === "message" && label.expect?.require === "each" && !label.expect.outcomes.includes("verified"),
    )
    const honest = new Set(
      submissions.flatMap((item) =>
        item.kind === "message" && item.label.honest ? [Buffer.from(item.envelope.bytes).toString("latin1")] : [],
      ),
    )
    expect(wrong.length).toBeGreaterThan(150)
    for (const item of wrong) {
      if (item.kind !== "message") continue
      const text = Buffer.from(item.envelope.bytes).toString("latin1")
      // A replay or a misrouted copy has the bytes of an honest message, which is verified once.
      if (!honest.has(text)) expect([item.label.attack, bytes.has(text)]).toEqual([item.label.attack, false])
    }
    await driver.close()
  })

  it("asks for the trust of the device itself, which the transition in the audit record tells", async () => {
    const { driver } = await runFleet({ attacks: ATTACKS }, { partitions: 1 })
    const trust = new Map<string, string>()
    const transitions = (await driver.audit()).filter(({ kind }) => kind === "transition")
    const verified = await driver.decisions("verified")
    // What an auditor can do with two streams alone: at each verified message, the last transition before it said trusted.
    let next = 0
    for (const message of verified) {
      while (next < transitions.length && transitions[next]!.origin.offset < message.origin.offset) {
        const { device, to } = transitions[next++]!
        trust.set(device!, to!)
      }
      expect([keyOf(message.origin), trust.get(message.claims!.iss)]).toEqual([keyOf(message.origin), "trusted"])
    }
    await driver.close()
  })

  for (const [name, demand, reason] of [
    ["trust", "minTrust: 99", "anomaly.min_trust"],
    ["assurance", "minAssurance: hardware", "anomaly.min_assurance"],
  ] as const) {
    it(`holds back what a conduit's demand for ${name} does not allow, however trusted the device`, async () => {
      const world = aWorld(`demand ${name}`)
      const text = policyText(START).replace("    classes:", `    ${demand}\n    classes:`)
      const driver = await openDriver(world)
      const policy = dsseSign(
        POLICY_PAYLOAD_TYPE,
        Buffer.from(text.replace("version: 1", "version: 2")),
        world.roots.slice(0, 2),
      )
      await publishKnowledge(driver.log, "policy", policy)
      const device = world.device("demanded")
      await driver.say(device.did, device.presentation())
      await driver.settle()
      for (let n = 0; n < 20; n++) await driver.say(device.did, device.message())
      await driver.settle()
      const audit = await driver.audit()
      expect(audit.filter(({ kind, count }) => kind === "control" && count === 1)).toHaveLength(3)
      expect(await driver.decisions("verified")).toEqual([])
      const last = driver.decided.at(-1)!
      expect(last.decision.reasons).toContain(reason)
      await driver.close()
    })
  }

  it("is no promise that nothing is verified: the same fleet without the demand is", async () => {
    const world = aWorld("no demand")
    const driver = await openDriver(world)
    const device = world.device("demanded")
    await driver.say(device.did, device.presentation())
    await driver.settle()
    for (let n = 0; n < 20; n++) await driver.say(device.did, device.message())
    await driver.settle()
    expect((await driver.decisions("verified")).length).toBeGreaterThanOrEqual(10)
    // A bundle that nobody but one root signed changes nothing of that.
    await publishKnowledge(
      driver.log,
      "bundle",
      signBundle({ ...world.bundle, version: 9, issuers: [] }, world.roots.slice(0, 1)),
    )
    const origin = await driver.say(device.did, device.message())
    await driver.settle()
    expect(driver.decidedAt(origin)?.decision.outcome).toBe("verified")
    await driver.close()
  })
})
