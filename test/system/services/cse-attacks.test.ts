/** Through the five stages: what a CSE between a device and Assay does, or lets others do, is seen, and charges no device. */
import { CSE_ATTACKS, fleetPlan } from "@assay/fleet"
import { closeVerifyPool, keyOf } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { type ReasonCode, reasonInfo } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

describe.each(CSE_ATTACKS)("$name: $title", (attack) => {
  it("ends as it should, and costs the device nothing", async () => {
    const plan = fleetPlan({ devices: 2, messages: 60, seed: "cse", now: START, attacks: [attack], injections: 2 })
    const driver = await openDriver(plan.world)
    await driver.submit(plan.enrolment())
    await driver.settle()
    const submissions = [...plan.run()]
    const origins = await driver.submit(submissions)
    await driver.settle()
    const rejected = new Map((await driver.rejected()).map((record) => [keyOf(record.origin), record.reasons]))
    const ends = submissions.map(({ label }, place) => {
      const origin = origins[place]!
      const decided = driver.decidedAt(origin)?.decision
      return {
        label,
        outcome: decided?.outcome ?? "rejected",
        reasons: decided?.reasons ?? rejected.get(keyOf(origin)) ?? [],
      }
    })
    const attempts = ends.filter(({ label }) => label.role === "attempt")
    const caught = attempts.filter(
      ({ label: { expect: expected }, outcome, reasons }) =>
        expected!.outcomes.includes(outcome) &&
        (expected!.reasons.length === 0 || expected!.reasons.some((code) => reasons.includes(code))),
    )
    expect(attempts.length).toBeGreaterThan(0)
    if (attack.expect.require === "each") expect(caught).toEqual(attempts)
    else expect(caught.length).toBeGreaterThan(0)
    const honest = ends.filter(({ label }) => label.honest)
    expect(honest.filter(({ outcome }) => outcome !== "verified" && outcome !== "annotated")).toEqual([])
    // What its values are worth is no matter here.
    const charges = (code: ReasonCode): boolean => {
      const { attribution, weight } = reasonInfo(code)
      return attribution === "device" && weight > 0 && !code.startsWith("anomaly.")
    }
    expect(ends.flatMap(({ reasons }) => reasons).filter(charges)).toEqual([])
    await driver.close()
  })
})
