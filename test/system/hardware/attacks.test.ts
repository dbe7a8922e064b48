/** Attacks on hardware and its evidence, through all five stages: each is caught where it says, and for its reason. */
import { HARDWARE_ATTACKS, meets, Scene, World } from "@assay/fleet"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it } from "vitest"
import { decidedMessage } from "./decided.ts"

afterAll(closeVerifyPool)

const world = new World({ seed: "hardware attacks", now: START, hardware: true })
const SCALE = { learn: 13, flood: 0, crowd: 0 }

describe.each(HARDWARE_ATTACKS)("$name", (attack) => {
  it("is caught, and nothing else of its scene is", async () => {
    const driver = await openDriver(world)
    const steps = [...attack.inject(new Scene(world, attack, 0, SCALE))]
    const attempts = steps.filter(({ submission }) => submission.label.role === "attempt")
    expect(attempts.length).toBeGreaterThan(0)
    const seen = new Set<string>()
    for (const { submission } of steps) {
      if (submission.kind !== "message") throw new Error(`${submission.kind} is no message`)
      const { label, envelope, key } = submission
      const origin = await driver.say(Buffer.from(key).toString(), envelope.bytes)
      await driver.settle()
      const { decision, verdicts } = await decidedMessage(driver, origin)
      const found = [attack.name, label.role, decision!.outcome, decision!.reasons.join(), verdicts.integrity!.detail]
      if (label.role !== "attempt") {
        expect(["verified", "annotated"], found.join(" ")).toContain(decision!.outcome)
        continue
      }
      expect(meets(label.expect!, decision!.outcome, decision!.reasons), found.join(" ")).toBe(true)
      expect(verdicts.integrity!.assurance).not.toBe("hardware")
      for (const code of decision!.reasons) seen.add(code)
    }
    // Each reason that the attack names is met by one of its attempts.
    for (const code of attack.expect.reasons) expect([...seen]).toContain(code)
    await driver.close()
  })
})
