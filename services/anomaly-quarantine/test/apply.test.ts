import { describe, expect, it } from "vitest"
import { heldOf, MAX_HELD } from "../src/stage.ts"
import { House } from "./house.ts"

const D = "did:key:zA"
const ONE = ["did:key:zOp1"]
const TWO = ["did:key:zOp1", "did:key:zOp2"]

const proven = (): House => {
  const house = new House()
  house.trusted(D)
  house.say(D, { identity: ["identity.clone_evidence"] })
  return house
}

describe("held messages", () => {
  it("holds what only the quarantine barred, in order, and nothing that failed by itself", () => {
    const house = proven()
    const first = house.offset
    house.say(D)
    house.say(D, { credential: ["credential.action_refused"] })
    house.say(D, { presentation: true })
    house.say(D)
    expect(heldOf(house.device(D)!)).toEqual({
      origins: [first, first + 3].map((offset) => ({ epoch: 1, partition: 3, offset })),
      overflow: 0,
    })
  })
  it("keeps the last 32 and counts the rest", () => {
    const house = proven()
    for (let k = 0; k < 50; k++) house.say(D)
    const held = heldOf(house.device(D)!)
    expect(held.origins).toHaveLength(MAX_HELD)
    expect(held.overflow).toBe(50 - MAX_HELD)
    expect(held.origins.at(-1)?.offset).toBe(house.offset - 1)
  })
})

describe("operator commands", () => {
  it("releases after proof only by two operators; what was held goes out annotated and marked, never verified", () => {
    const house = proven()
    house.say(D)
    house.say(D)
    const refused = house.command("release", D, ["did:key:zOp1", "did:key:zOp1"])
    expect(refused.events).toMatchObject([{ kind: "control", accepted: false, reasons: ["control.threshold"] }])
    expect(house.trust(D)).toBe("quarantined")
    const effects = house.command("release", D, TWO)
    expect(house.trust(D)).toBe("probation")
    expect(effects.releases).toHaveLength(2)
    for (const { origin, decision } of effects.releases)
      expect(decision).toMatchObject({ outcome: "annotated", kind: "released", supersedes: origin })
    expect(house.command("release", D, TWO).events).toMatchObject([
      { accepted: false, reasons: ["anomaly.nothing_to_release"] },
    ])
    for (let k = 0; k < 16; k++) house.say(D, { values: [20 + Math.sin(k)] })
    expect(house.trust(D)).toBe("trusted")
  })
  it("does not let one operator launder a proof through a quarantine of its own", () => {
    const house = proven()
    house.command("quarantine", D, ONE)
    house.command("release", D, ONE)
    expect(house.trust(D)).toBe("quarantined")
  })
  it("quarantines by command and releases by one operator", () => {
    const house = new House()
    house.trusted(D)
    house.command("quarantine", D, ONE)
    expect(house.say(D).decision?.outcome).toBe("quarantined")
    expect(house.command("release", D, ONE).releases).toHaveLength(1)
    expect(house.trust(D)).toBe("probation")
  })
  it("takes a released watched device as its new baseline", () => {
    const house = new House()
    house.trusted(D)
    for (let k = 0; k < 10; k++) house.say(D, { values: [500 + Math.sin(k)] })
    expect(house.trust(D)).toBe("watched")
    house.command("release", D, ONE)
    expect(house.trust(D)).toBe("learning")
    for (let k = 0; k < 10; k++) house.say(D, { values: [500 + Math.sin(k)] })
    expect(house.say(D, { values: [500] }).decision?.outcome).toBe("verified")
  })
  it("revokes for ever, by two, and marks what was held", () => {
    const house = proven()
    house.say(D)
    expect(house.command("revoke", D, ONE).events).toMatchObject([{ accepted: false }])
    expect(house.command("revoke", D, TWO).releases).toMatchObject([
      { decision: { outcome: "quarantined", kind: "revoked" } },
    ])
    house.command("release", D, TWO)
    house.tick(1e12)
    for (let k = 0; k < 20; k++) house.say(D)
    expect(house.trust(D)).toBe("revoked")
    expect(house.say(D).decision).toMatchObject({ outcome: "quarantined", trust: "revoked" })
  })
  it("refuses an unknown target, the partition's own key and what the runner refused, and records each", () => {
    const house = new House()
    for (const target of ["did:key:zNobody", ""])
      expect(house.command("revoke", target, TWO).events).toMatchObject([
        { accepted: false, reasons: ["control.target_unknown"] },
      ])
    const fact = { accepted: false, reasons: ["control.expired"], what: { kind: "unreadable" } } as const
    expect(house.control(fact)).toMatchObject({
      states: [],
      events: [{ kind: "control", accepted: false, reasons: ["control.expired"] }],
    })
    const activation = {
      accepted: true,
      reasons: [],
      what: { kind: "activation", item: "policy", hash: "00", version: 2 },
    } as const
    expect(house.control(activation).events).toMatchObject([{ kind: "control", accepted: true }])
  })
  it("lets two operators override an open breaker", () => {
    const house = new House()
    const devices = Array.from({ length: 7 }, (_, i) => `did:key:z${i}`)
    for (const device of devices) house.trusted(device)
    for (const device of devices.slice(0, 6)) house.say(device, { integrity: ["integrity.firmware_lying"] })
    expect(house.trust(devices[5]!)).toBe("watched")
    house.command("breaker-override", "", ONE)
    house.say(devices[5]!, { integrity: ["integrity.firmware_lying"] })
    expect(house.trust(devices[5]!)).toBe("watched")
    house.command("breaker-override", "", TWO)
    house.say(devices[5]!, { integrity: ["integrity.firmware_lying"] })
    expect(house.trust(devices[5]!)).toBe("quarantined")
  })
})

describe("ticks", () => {
  it("end a statistical cooldown in probation, and leave a proven quarantine alone", () => {
    const house = proven()
    house.trusted("did:key:zB")
    for (let k = 0; k < 400; k++) house.say("did:key:zB", { values: [500 + k], time: 1 })
    expect(house.trust("did:key:zB")).toBe("quarantined")
    house.tick(9 * 60_000)
    expect(house.trust("did:key:zB")).toBe("quarantined")
    house.tick(2 * 60_000)
    expect(house.trust("did:key:zB")).toBe("probation")
    house.tick(365 * 86_400_000)
    expect(house.trust(D)).toBe("quarantined")
  })
  it("let the trust of a silent device lapse once", () => {
    const house = new House()
    house.trusted(D)
    expect(house.tick(6 * 86_400_000).events).toEqual([])
    expect(house.tick(2 * 86_400_000).events).toMatchObject([{ from: "trusted", to: "stale" }])
    expect(house.tick(30 * 86_400_000).events).toEqual([])
    expect(house.say(D).decision).toMatchObject({ outcome: "annotated", trust: "stale" })
  })
  it("admit a device once", () => {
    const house = new House()
    house.admit(D)
    house.admit(D)
    expect(house.events).toHaveLength(1)
  })
})
