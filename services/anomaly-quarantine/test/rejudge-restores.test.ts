/** Whom a rejudgement restores, once its notice is over: a device that fell by the reason that is judged again, and by nothing else. */
import type { ReasonCode } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { ANOMALY_DEFAULTS } from "../src/stage.ts"
import { Harness, type Said } from "./harness.ts"

const D = "did:key:zA"
const ONE = ["did:key:zOp1"]
const TWO = ["did:key:zOp1", "did:key:zOp2"]
const GUARDRAIL: Said = { segmentation: ["segmentation.guardrail"] }
const TAMPERED: Said = { integrity: ["integrity.firmware_tampered"] }
const FORK: Said = { identity: ["identity.equivocation"] }
const BROKEN: Said = { integrity: ["integrity.chain_broken"] }

const rejudge = (harness: Harness, reason: ReasonCode) => {
  const rejudgement = { reason, restore: [D], records: [], messages: [], credentials: [] }
  const what = { kind: "command", verb: "rejudge", target: D, signers: TWO, reason: "test", rejudgement } as const
  const order = () => harness.control({ accepted: true, reasons: [], what })
  const first = order()
  const isAnnounced = first.events.some(({ kind }) => kind === "incident")
  if (!isAnnounced) return first
  harness.time += ANOMALY_DEFAULTS.detection.rejudgeNoticeMs
  return order()
}
const trusted = (): Harness => {
  const harness = new Harness()
  harness.trusted(D)
  return harness
}
const fallen = (...said: ReadonlyArray<Said>): Harness => {
  const harness = trusted()
  for (const one of said) harness.say(D, one)
  expect(harness.trust(D)).toBe("quarantined")
  return harness
}

describe("a device that our mistake quarantined", () => {
  it.each<[ReasonCode, ReadonlyArray<Said>]>([
    ["segmentation.guardrail", [GUARDRAIL, GUARDRAIL, GUARDRAIL]],
    ["integrity.firmware_tampered", [TAMPERED]],
    ["integrity.firmware_tampered", [TAMPERED, TAMPERED]],
  ])("comes back where %s is judged again", (reason, said) => {
    const harness = fallen(...said)
    rejudge(harness, reason)
    expect(harness.trust(D)).toBe("probation")
    expect(harness.device(D)).toMatchObject({ cause: "none", grounds: 0 })
  })
})

describe("a device stays where it is", () => {
  it.each<[string, ReasonCode, ReadonlyArray<Said>]>([
    ["another proof quarantined it", "segmentation.guardrail", [FORK]],
    ["another mistake did", "integrity.firmware_tampered", [GUARDRAIL, GUARDRAIL, GUARDRAIL]],
    ["one of the strikes was another's", "segmentation.guardrail", [GUARDRAIL, BROKEN, GUARDRAIL]],
    ["a proof came with it", "integrity.firmware_tampered", [{ ...TAMPERED, ...FORK }]],
    ["a proof came after it", "integrity.firmware_tampered", [TAMPERED, FORK]],
    ["a proof came after a proof", "segmentation.guardrail", [GUARDRAIL, GUARDRAIL, GUARDRAIL, FORK]],
    ["the reason never quarantines", "segmentation.no_conduit", [FORK]],
  ])("where %s", (_, reason, said) => {
    const harness = fallen(...said)
    expect(rejudge(harness, reason).events).toMatchObject([{ kind: "control", accepted: false }])
    expect(harness.trust(D)).toBe("quarantined")
  })

  it.each([
    ["before", (harness: Harness) => harness.command("quarantine", D, ONE), () => undefined],
    ["besides", () => undefined, (harness: Harness) => harness.command("quarantine", D, ONE)],
  ] as const)("where an operator quarantined it %s", (_, before, after) => {
    const harness = trusted()
    before(harness)
    harness.say(D, TAMPERED)
    after(harness)
    rejudge(harness, "integrity.firmware_tampered")
    expect(harness.trust(D)).toBe("quarantined")
    // The operators that quarantined it may let it out.
    harness.command("release", D, TWO)
    expect(harness.trust(D)).toBe("probation")
  })

  it("but for what was said before it was let out", () => {
    const harness = fallen(FORK)
    harness.command("release", D, TWO)
    for (let n = 0; n < 20; n++) harness.say(D)
    harness.say(D, TAMPERED)
    rejudge(harness, "integrity.firmware_tampered")
    expect(harness.trust(D)).toBe("probation")
  })
})
