/** Attacks on firmware that its maker lists, through all five stages: each is caught where it says, and for its reason. */
import { publishKnowledge } from "@assay/engine"
import { LOG_ATTACKS, meets, RELEASE_ATTACKS, Scene, World } from "@assay/fleet"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it } from "vitest"
import { decidedMessage } from "../hardware/decided.ts"

afterAll(closeVerifyPool)

const world = new World({ seed: "release attacks", now: START, maker: true })
const POLICY = "log maker.example/firmware+38aacc0a+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\nquorum none\n"
const logging = new World({ seed: "release attacks", now: START, maker: true, firmwareLogs: POLICY })
const SCALE = { learn: 13, flood: 0, crowd: 0 }

const ALL = [
  ...RELEASE_ATTACKS.map((attack) => ({ name: attack.name, attack, within: world })),
  ...LOG_ATTACKS.map((attack) => ({ name: attack.name, attack, within: logging })),
]

describe.each(ALL)("$name", ({ attack, within }) => {
  it("is caught, and nothing else of its scene is", async () => {
    const driver = await openDriver(within)
    const steps = [...attack.inject(new Scene(within, attack, 0, SCALE))]
    const seen = new Set<string>()
    for (const { submission } of steps) {
      const { label } = submission
      if (submission.kind === "knowledge") {
        await publishKnowledge(driver.log, submission.item, submission.body)
        await driver.settle()
        const { reasons } = (await driver.audit()).findLast(({ kind }) => kind === "control")!
        for (const code of reasons) seen.add(code)
        continue
      }
      if (submission.kind !== "message") throw new Error(`${submission.kind} is no part of these scenes`)
      const origin = await driver.say(Buffer.from(submission.key).toString(), submission.envelope.bytes)
      await driver.settle()
      const { decision, verdicts } = await decidedMessage(driver, origin)
      const found = [attack.name, label.role, decision!.outcome, decision!.reasons.join(), verdicts.integrity!.detail]
      if (label.role !== "attempt") {
        expect(["verified", "annotated"], found.join(" ")).toContain(decision!.outcome)
        continue
      }
      expect(meets(label.expect!, decision!.outcome, decision!.reasons), found.join(" ")).toBe(true)
      for (const code of decision!.reasons) seen.add(code)
    }
    expect(attack.expect.reasons.length).toBeGreaterThan(0)
    for (const code of attack.expect.reasons) expect([...seen]).toContain(code)
    await driver.close()
  })
})
