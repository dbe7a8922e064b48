/** Every attack of gateways is caught by whom it should be, and devices that honest gateways speak for are not punished. */
import { DELEGATION_ATTACKS, meets } from "@assay/fleet"
import { closeVerifyPool, keyOf } from "@assay/testkit/driver"
import { type Run, runFleet } from "@assay/testkit/fleet"
import { type AssayedMessage, type Decision, delegateOf, STAGES } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let run: Run
let messages: ReadonlyArray<AssayedMessage>
const decisions = new Map<string, Decision>()

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

beforeAll(async () => {
  run = await runFleet({ attacks: DELEGATION_ATTACKS, messages: 16 }, { partitions: 2 })
  const outcomes = ["verified", "annotated", "quarantined"] as const
  messages = (await Promise.all(outcomes.map((outcome) => run.driver.decisions(outcome)))).flat()
  for (const { envelope, decision } of messages) decisions.set(textOf(envelope.bytes), decision!)
}, 120_000)
afterAll(async () => {
  await run?.driver.close()
  closeVerifyPool()
})

describe.each(DELEGATION_ATTACKS)("$name", ({ name }) => {
  it("comes to what is expected of every message", () => {
    const labelled = run.submissions.filter(({ kind, label }) => kind === "message" && label.attack === name)
    expect(labelled.length).toBeGreaterThan(0)
    const wrong = labelled.flatMap((item) => {
      const { expect: wanted, role, device } = item.label
      if (item.kind !== "message" || wanted === null) return []
      const decision = decisions.get(textOf(item.envelope.bytes))
      const isRight = decision !== undefined && meets(wanted, decision.outcome, decision.reasons)
      return isRight ? [] : [{ role, device, decision }]
    })
    expect(wrong).toEqual([])
  })
})

describe("what a gateway hands in", () => {
  it("is refused where it signed a delegation itself, or where that has expired", async () => {
    const refused = (await run.driver.audit()).filter(
      ({ kind, detail }) => kind === "control" && detail?.includes("delegation") === true,
    )
    const reasons = new Set(refused.flatMap((event) => event.reasons))
    expect([...reasons].sort()).toEqual(["control.knowledge_expired", "control.knowledge_unsigned"])
  })

  it("is at most claimed, with the delegation among what its verdict relied on", () => {
    const delegated = messages.filter(({ claims }) => claims !== null && delegateOf(claims.iss) !== null)
    const verified = delegated.filter(({ decision }) => decision!.outcome === "verified")
    expect(verified.length).toBeGreaterThan(20)
    for (const { verdicts, subject } of delegated) {
      expect(["none", "claimed"]).toContain(subject?.assurance ?? "none")
      expect(verdicts.identity!.assurance).toBe("claimed")
    }
    for (const { verdicts } of verified) {
      expect(verdicts.credential!.knowledge).toHaveLength(2)
      for (const stage of STAGES) expect(verdicts[stage]!.reasons).toEqual([])
    }
  })

  it("is decided alike when it is replayed, and staged", async () => {
    expect((await run.driver.replay()).differences).toEqual([])
    const staged = await run.driver.again({ topology: "staged" })
    try {
      await staged.settle()
      const of = (driver: Run["driver"]) =>
        driver.decided
          .map(({ origin, device, decision }) => `${keyOf(origin)} ${device} ${JSON.stringify(decision)}`)
          .sort()
      expect(of(staged)).toEqual(of(run.driver))
    } finally {
      await staged.close()
    }
  })
})
