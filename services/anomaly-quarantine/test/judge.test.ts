import { NO_KNOWLEDGE } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { ANOMALY_DEFAULTS } from "../src/stage.ts"
import { House, type Said } from "./house.ts"

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
    ["a long silence", { time: 86_400_000, values: [20] }, "annotated", ["anomaly.silence"]],
    ["a presentation with values", { presentation: true, values: [500] }, "verified", []],
  ]
  for (const [name, said, outcome, reasons] of cases)
    it(`${name}: ${outcome}`, () => {
      const house = new House()
      house.trusted(D)
      const judged = house.say(D, said)
      expect(judged.decision?.outcome).toBe(outcome)
      expect([...judged.verdict!.reasons].sort()).toEqual([...reasons].sort())
      expect(judged.decision?.trust).toBe("trusted")
      expect(judged.decision?.kind).toBe("original")
    })
})

describe("trust over many messages", () => {
  it("annotates while learning, verifies from the first message after, and records the way", () => {
    const house = new House()
    house.admit(D)
    const outcomes = Array.from({ length: 9 }, (_, k) => house.say(D, { values: [k % 3] }).decision?.outcome)
    expect(outcomes).toEqual([...Array.from({ length: 8 }, () => "annotated"), "verified"])
    expect(house.events).toMatchObject([
      { kind: "transition", from: null, to: "learning" },
      { kind: "transition", from: "learning", to: "trusted" },
    ])
  })

  it("decides by the state before the message: the proof itself fails, the next message meets the quarantine", () => {
    const house = new House()
    house.trusted(D)
    const proof = house.say(D, { identity: ["identity.equivocation"] })
    expect(proof.decision).toMatchObject({ outcome: "quarantined", trust: "trusted" })
    expect(house.say(D).decision).toMatchObject({
      outcome: "quarantined",
      trust: "quarantined",
      reasons: ["anomaly.device_quarantined"],
    })
    expect(house.events.at(-1)).toMatchObject({ from: "trusted", to: "quarantined", cause: ["identity.equivocation"] })
  })

  it("what is not proven to come from a device never changes its state", () => {
    const house = new House()
    house.trusted(D)
    const before = house.device(D)!
    for (let k = 0; k < 50; k++)
      house.say(D, { integrity: ["integrity.chain_pending"], credential: ["credential.bundle_missing"], values: [1e9] })
    const after = house.device(D)!
    expect(house.trust(D)).toBe("trusted")
    expect([after.good, after.bad]).toEqual([before.good, before.bad])
  })

  it("never verifies a message that lacks a verdict", () => {
    const house = new House()
    house.trusted(D)
    const complete = house.message(D, {})
    const message = { ...complete, verdicts: { ...complete.verdicts, segmentation: null } }
    const entry = {
      kind: "message",
      origin: message.origin,
      time: message.time,
      message,
      knowledge: NO_KNOWLEDGE,
    } as const
    expect(house.logic.judge(entry, house.states.get(D), undefined, house.view)).toMatchObject({
      decision: { outcome: "quarantined" },
    })
  })

  it("watches, but does not quarantine, a device whose values alone went wrong; and learns nothing of them", () => {
    const house = new House()
    house.trusted(D)
    for (let k = 0; k < 200; k++) house.say(D, { values: [500 + k] })
    expect(house.trust(D)).toBe("watched")
    expect(house.say(D, { values: [700] }).verdict?.reasons).toContain("anomaly.novel_range")
  })

  it("quarantines on two families that persist: values gone wrong in a flood", () => {
    const house = new House()
    house.trusted(D)
    for (let k = 0; k < 400; k++) house.say(D, { values: [500 + k], time: 1 })
    expect(house.trust(D)).toBe("quarantined")
  })

  it("fails the messages of a flood and watches the device", () => {
    const house = new House()
    house.trusted(D)
    const outcomes = Array.from(
      { length: 300 },
      (_, k) => house.say(D, { values: [20 + Math.sin(k)], time: 1 }).decision?.outcome,
    )
    expect(outcomes.at(-1)).toBe("quarantined")
    expect(house.trust(D)).toBe("watched")
  })

  it("costs reputation by the heaviest reason, and earns it back slowly", () => {
    const house = new House()
    house.trusted(D)
    const before = house.say(D).decision!.reputation!
    house.say(D, { segmentation: ["segmentation.no_conduit"] })
    const after = house.say(D).decision!.reputation!
    expect(before).toBeGreaterThan(0.85)
    expect(after).toBeLessThan(before - 0.15)
    for (let k = 0; k < 100; k++) house.say(D, { values: [20 + Math.sin(k)] })
    expect(house.say(D).decision!.reputation!).toBeGreaterThan(0.9)
  })

  it("only records what detectors say while they observe, and evidence still counts", () => {
    const house = new House({ ...ANOMALY_DEFAULTS, observeUntil: Number.MAX_SAFE_INTEGER })
    house.trusted(D)
    const judged = house.say(D, { values: [500] })
    expect(judged.decision?.outcome).toBe("verified")
    expect(judged.verdict?.observed).toContain("anomaly.novel_range")
    house.say(D, { identity: ["identity.clone_evidence"] })
    expect(house.trust(D)).toBe("quarantined")
  })

  it("keeps no more than the header of a stranger and tells the audit nothing of it", () => {
    const house = new House()
    for (let k = 0; k < 50; k++)
      house.say("did:key:zStranger", {
        identity: ["identity.clone_evidence"],
        credential: ["credential.missing"],
        values: [k],
      })
    expect(house.device("did:key:zStranger")!.measurements.length).toBe(0)
    expect(house.trust("did:key:zStranger")).toBe("learning")
    expect(house.events).toEqual([])
  })

  it("watches at most four measurements of a device", () => {
    const house = new House()
    house.trusted(D, (k) => Array.from({ length: 10 }, (_, i) => i + Math.sin(k)))
    expect(house.device(D)!.measurements.length).toBe(4)
  })
})

describe("the storm breaker", () => {
  it("stops the sixth covered quarantine, tells it once, and still fails the messages", () => {
    const house = new House()
    const devices = Array.from({ length: 9 }, (_, i) => `did:key:z${i}`)
    for (const device of devices) house.trusted(device)
    const outcomes = devices.map(
      (device) => house.say(device, { integrity: ["integrity.firmware_tampered"] }).decision?.outcome,
    )
    expect(outcomes.every((outcome) => outcome === "quarantined")).toBe(true)
    expect(devices.map((device) => house.trust(device))).toEqual([
      ...Array.from({ length: 5 }, () => "quarantined"),
      ...Array.from({ length: 4 }, () => "watched"),
    ])
    expect(house.events.filter((event) => event.kind === "incident")).toHaveLength(1)
  })
  it("never stops what nothing honest causes", () => {
    const house = new House()
    const devices = Array.from({ length: 9 }, (_, i) => `did:key:z${i}`)
    for (const device of devices) house.trusted(device)
    for (const device of devices) house.say(device, { identity: ["identity.clone_evidence"] })
    expect(devices.every((device) => house.trust(device) === "quarantined")).toBe(true)
  })
})
