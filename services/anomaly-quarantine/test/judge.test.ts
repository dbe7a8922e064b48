import { NO_KNOWLEDGE } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { ANOMALY_DEFAULTS } from "../src/stage.ts"
import { Harness, type Said } from "./harness.ts"

const D = "did:key:zA"

describe("the decision on one message of a trusted device", () => {
  const cases: ReadonlyArray<readonly [string, Said, string, ReadonlyArray<string>]> = [
    ["five passes", { values: [20.1] }, "verified", []],
    ["a warning before", { integrity: ["integrity.chain_gap"] }, "annotated", []],
    ["a failure before", { credential: ["credential.action_refused"] }, "quarantined", []],
    [
      "an obligation of trust that is met",
      { obligations: [{ kind: "minTrust", value: 80, source: "c" }] },
      "verified",
      [],
    ],
    [
      "an obligation of trust that is not",
      { obligations: [{ kind: "minTrust", value: 99, source: "c" }] },
      "quarantined",
      ["anomaly.min_trust"],
    ],
    ["assurance that suffices", { obligations: [{ kind: "minAssurance", value: 2, source: "c" }] }, "verified", []],
    [
      "assurance that does not",
      { obligations: [{ kind: "minAssurance", value: 3, source: "c" }] },
      "quarantined",
      ["anomaly.min_assurance"],
    ],
    ["a value outside its range", { values: [500] }, "annotated", ["anomaly.novel_range"]],
    [
      "a value outside its range in the last of the most readings that a message may carry",
      { name: `urn:dev:${D}:0`, values: [...Array.from({ length: 511 }, (_, k) => 20 + Math.sin(k)), 500] },
      "annotated",
      ["anomaly.novel_range"],
    ],
    ["a long silence", { time: 86_400_000, values: [20] }, "annotated", ["anomaly.silence"]],
    ["a presentation with values", { presentation: true, values: [500] }, "verified", []],
  ]
  for (const [name, said, outcome, reasons] of cases)
    it(`${name}: ${outcome}`, () => {
      const harness = new Harness()
      harness.trusted(D)
      const judged = harness.say(D, said)
      expect(judged.decision?.outcome).toBe(outcome)
      expect([...judged.verdict!.reasons].sort()).toEqual([...reasons].sort())
      expect(judged.decision?.trust).toBe("trusted")
      expect(judged.decision?.kind).toBe("original")
    })
})

describe("trust over many messages", () => {
  it("annotates while learning, verifies from the first message after, and records the way", () => {
    const harness = new Harness()
    harness.admit(D)
    const outcomes = Array.from({ length: 9 }, (_, k) => harness.say(D, { values: [k % 3] }).decision?.outcome)
    expect(outcomes).toEqual([...Array.from({ length: 8 }, () => "annotated"), "verified"])
    expect(harness.events).toMatchObject([
      { kind: "transition", from: null, to: "learning" },
      { kind: "transition", from: "learning", to: "trusted" },
    ])
  })

  it("decides by the state before the message: the proof itself fails, the next message meets the quarantine", () => {
    const harness = new Harness()
    harness.trusted(D)
    const proof = harness.say(D, { identity: ["identity.equivocation"] })
    expect(proof.decision).toMatchObject({ outcome: "quarantined", trust: "trusted" })
    expect(harness.say(D).decision).toMatchObject({
      outcome: "quarantined",
      trust: "quarantined",
      reasons: ["anomaly.device_quarantined"],
    })
    expect(harness.events.at(-1)).toMatchObject({
      from: "trusted",
      to: "quarantined",
      cause: ["identity.equivocation"],
    })
  })

  it("what is not proven to come from a device never changes its state", () => {
    const harness = new Harness()
    harness.trusted(D)
    const before = harness.device(D)!
    for (let k = 0; k < 50; k++)
      harness.say(D, {
        integrity: ["integrity.chain_pending"],
        credential: ["credential.bundle_missing"],
        values: [1e9],
      })
    const after = harness.device(D)!
    expect(harness.trust(D)).toBe("trusted")
    expect([after.good, after.bad]).toEqual([before.good, before.bad])
  })

  it("never verifies a message that lacks a verdict", () => {
    const harness = new Harness()
    harness.trusted(D)
    const complete = harness.message(D, {})
    const message = { ...complete, verdicts: { ...complete.verdicts, segmentation: null } }
    const entry = {
      kind: "message",
      origin: message.origin,
      time: message.time,
      message,
      knowledge: NO_KNOWLEDGE,
    } as const
    expect(harness.logic.judge(entry, harness.states.get(D), undefined, harness.view)).toMatchObject({
      decision: { outcome: "quarantined" },
    })
  })

  it("watches, but does not quarantine, a device whose values alone went wrong, and does not know them after ten times its history", () => {
    const harness = new Harness()
    harness.trusted(D)
    for (let k = 0; k < 100; k++) harness.say(D, { values: [500 + k] })
    expect(harness.trust(D)).toBe("watched")
    expect(harness.say(D, { values: [600] }).verdict?.reasons).toContain("anomaly.novel_range")
  })

  it("quarantines on two families that persist: values gone wrong in a flood", () => {
    const harness = new Harness()
    harness.trusted(D)
    for (let k = 0; k < 400; k++) harness.say(D, { values: [500 + k], time: 1 })
    expect(harness.trust(D)).toBe("quarantined")
  })

  it("fails the messages of a flood and watches the device", () => {
    const harness = new Harness()
    harness.trusted(D)
    const outcomes = Array.from(
      { length: 300 },
      (_, k) => harness.say(D, { values: [20 + Math.sin(k)], time: 1 }).decision?.outcome,
    )
    expect(outcomes.at(-1)).toBe("quarantined")
    expect(harness.trust(D)).toBe("watched")
  })

  it("costs reputation by the heaviest reason, and earns it back slowly", () => {
    const harness = new Harness()
    harness.trusted(D)
    const before = harness.say(D).decision!.reputation!
    harness.say(D, { segmentation: ["segmentation.no_conduit"] })
    const after = harness.say(D).decision!.reputation!
    expect(before).toBeGreaterThan(0.85)
    expect(after).toBeLessThan(before - 0.15)
    for (let k = 0; k < 100; k++) harness.say(D, { values: [20 + Math.sin(k)] })
    expect(harness.say(D).decision!.reputation!).toBeGreaterThan(0.9)
  })

  it("only records what detectors say while they observe, and evidence still counts", () => {
    const harness = new Harness({ ...ANOMALY_DEFAULTS, observeUntil: Number.MAX_SAFE_INTEGER })
    harness.trusted(D)
    const judged = harness.say(D, { values: [500] })
    expect(judged.decision?.outcome).toBe("verified")
    expect(judged.verdict?.observed).toContain("anomaly.novel_range")
    harness.say(D, { identity: ["identity.clone_evidence"] })
    expect(harness.trust(D)).toBe("quarantined")
  })

  it("keeps no more than the header of a stranger and tells the audit nothing of it", () => {
    const harness = new Harness()
    for (let k = 0; k < 50; k++)
      harness.say("did:key:zStranger", {
        identity: ["identity.clone_evidence"],
        credential: ["credential.missing"],
        values: [k],
      })
    expect(harness.device("did:key:zStranger")!.measurements.length).toBe(0)
    expect(harness.trust("did:key:zStranger")).toBe("learning")
    expect(harness.events).toEqual([])
  })

  it("watches at most eight measurements of a device", () => {
    const harness = new Harness()
    harness.trusted(D, (k) => Array.from({ length: 10 }, (_, i) => i + Math.sin(k)))
    expect(harness.device(D)!.measurements.length).toBe(8)
  })
})

describe("the quarantine breaker", () => {
  it("stops the sixth covered quarantine, tells it once, and still fails the messages", () => {
    const harness = new Harness()
    const devices = Array.from({ length: 9 }, (_, i) => `did:key:z${i}`)
    for (const device of devices) harness.trusted(device)
    const outcomes = devices.map(
      (device) => harness.say(device, { integrity: ["integrity.firmware_tampered"] }).decision?.outcome,
    )
    expect(outcomes.every((outcome) => outcome === "quarantined")).toBe(true)
    expect(devices.map((device) => harness.trust(device))).toEqual([
      ...Array.from({ length: 5 }, () => "quarantined"),
      ...Array.from({ length: 4 }, () => "watched"),
    ])
    expect(harness.events.filter((event) => event.kind === "incident")).toHaveLength(1)
  })
  it("never stops what nothing honest causes", () => {
    const harness = new Harness()
    const devices = Array.from({ length: 9 }, (_, i) => `did:key:z${i}`)
    for (const device of devices) harness.trusted(device)
    for (const device of devices) harness.say(device, { identity: ["identity.clone_evidence"] })
    expect(devices.every((device) => harness.trust(device) === "quarantined")).toBe(true)
  })
})
