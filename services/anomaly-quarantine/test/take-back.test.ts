import { describe, expect, it } from "vitest"
import { Harness, type Said } from "./harness.ts"

const D = "did:key:zA"
const TAMPERED = { integrity: ["integrity.firmware_tampered"] } as const
const CORRECTED = { integrity: ["integrity.reference_corrected"] } as const

const convicted = () => {
  const harness = new Harness()
  harness.admit(D)
  for (let i = 0; i < 20; i++) harness.say(D, {})
  harness.say(D, TAMPERED)
  expect(harness.trust(D)).toBe("quarantined")
  return harness
}

describe("a quarantine by our firmware references alone", () => {
  it("ends in probation with the message whose firmware the references list now, and says why", () => {
    const harness = convicted()
    for (let i = 0; i < 5; i++) harness.say(D, TAMPERED)
    harness.say(D, {})
    expect(harness.trust(D)).toBe("quarantined")
    // By the state before this message it is withheld all the same.
    expect(harness.say(D, CORRECTED).decision?.outcome).toBe("quarantined")
    expect(harness.trust(D)).toBe("probation")
    expect(harness.events.at(-1)).toEqual({
      kind: "transition",
      device: D,
      from: "quarantined",
      to: "probation",
      cause: ["integrity.reference_corrected"],
    })
    for (let i = 0; i < 20; i++) harness.say(D, {})
    expect(harness.trust(D)).toBe("trusted")
  })

  it.each<[string, Said]>([
    ["the policy", { segmentation: ["segmentation.outside_window"] }],
    ["an obligation", { obligations: [{ kind: "minTrust", value: 100, source: "c1" }] }],
  ])("ends so too where %s withholds that message", (_, withheld) => {
    const harness = convicted()
    harness.say(D, { ...CORRECTED, ...withheld })
    expect(harness.trust(D)).toBe("probation")
  })

  it("needs two operators to be ended before that", () => {
    const harness = convicted()
    harness.command("release", D, ["did:key:zOne"])
    expect(harness.trust(D)).toBe("quarantined")
    harness.command("release", D, ["did:key:zOne", "did:key:zTwo"])
    expect(harness.trust(D)).toBe("probation")
  })

  it.each<[string, (harness: Harness) => void]>([
    ["a proof came besides", (harness) => harness.say(D, { identity: ["identity.equivocation"] })],
    ["an operator quarantined it besides", (harness) => harness.command("quarantine", D, ["did:key:zOne"])],
    ["the message fails for another reason", () => undefined],
  ])("does not end by a correction where %s", (what, besides) => {
    const harness = convicted()
    besides(harness)
    const failed = what.startsWith("the message") ? { credential: ["credential.action_refused"] as const } : {}
    harness.say(D, { ...CORRECTED, ...failed })
    expect(harness.trust(D)).toBe("quarantined")
    harness.command("release", D, ["did:key:zOne"])
    expect(harness.trust(D)).toBe("quarantined")
  })

  it.each<[string, (harness: Harness) => void]>([
    ["proof", (harness) => harness.say(D, { identity: ["identity.equivocation"] })],
    ["proof and references at once", (harness) => harness.say(D, { ...TAMPERED, identity: ["identity.equivocation"] })],
    ["operators", (harness) => harness.command("quarantine", D, ["did:key:zOne"])],
    [
      "operators, and by references after",
      (harness) => {
        harness.command("quarantine", D, ["did:key:zOne"])
        harness.say(D, TAMPERED)
      },
    ],
  ])("is not what %s did", (_, quarantine) => {
    const harness = new Harness()
    harness.admit(D)
    for (let i = 0; i < 20; i++) harness.say(D, {})
    quarantine(harness)
    expect(harness.trust(D)).toBe("quarantined")
    harness.say(D, CORRECTED)
    expect(harness.trust(D)).toBe("quarantined")
  })
})

describe("what issuers did wrong", () => {
  it.each([
    { credential: ["credential.issuer_withdrawn"] },
    { credential: ["credential.status_index"] },
    { credential: ["credential.grant_impossible"] },
    { segmentation: ["segmentation.policy_changed"] },
    { integrity: ["integrity.reference_changed"] },
    { identity: ["identity.readings_refused"] },
    { identity: ["identity.stale"] },
    { identity: ["identity.backfill"] },
    { credential: ["credential.backfill"] },
    { integrity: ["integrity.chain_gap"] },
    { credential: ["credential.expired"] },
  ] as const)("%j moves neither trust nor reputation, however often it comes", (said) => {
    const harness = new Harness()
    harness.admit(D)
    for (let i = 0; i < 30; i++) harness.say(D, {})
    const { good, bad } = harness.device(D)!
    for (let i = 0; i < 60; i++) expect(harness.say(D, said).decision?.outcome).not.toBe("verified")
    expect(harness.trust(D)).toBe("trusted")
    expect(harness.device(D)).toMatchObject({ good, bad })
    expect(harness.say(D, {}).decision?.outcome).toBe("verified")
  })
})
