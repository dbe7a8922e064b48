import { generateKeyPairSync } from "node:crypto"
import { encodeDidJwk, encodeDidKey, publicKeyOf } from "@assay/did"
import { describe, expect, it } from "vitest"
import { heldOf, MAX_HELD } from "../src/stage.ts"
import { Harness } from "./harness.ts"

const D = "did:key:zA"
const ONE = ["did:key:zOp1"]
const TWO = ["did:key:zOp1", "did:key:zOp2"]

const proven = (): Harness => {
  const harness = new Harness()
  harness.trusted(D)
  harness.say(D, { identity: ["identity.clone_evidence"] })
  return harness
}

describe("held messages", () => {
  it("holds what only the quarantine barred, in order, and nothing that failed by itself", () => {
    const harness = proven()
    const first = harness.offset
    harness.say(D)
    harness.say(D, { credential: ["credential.action_refused"] })
    harness.say(D, { presentation: true })
    harness.say(D)
    expect(heldOf(harness.device(D)!)).toEqual({
      origins: [first, first + 3].map((offset) => ({ epoch: 1, partition: 3, offset })),
      overflow: 0,
    })
  })
  it("keeps the last 32 and counts the rest", () => {
    const harness = proven()
    for (let k = 0; k < 50; k++) harness.say(D)
    const held = heldOf(harness.device(D)!)
    expect(held.origins).toHaveLength(MAX_HELD)
    expect(held.overflow).toBe(50 - MAX_HELD)
    expect(held.origins.at(-1)?.offset).toBe(harness.offset - 1)
  })
})

describe("operator commands", () => {
  it("records the end of a binding by two, of any device, and changes nothing of its trust", () => {
    const harness = new Harness()
    harness.trusted(D)
    expect(harness.command("unbind", D, ONE).events).toMatchObject([
      { accepted: false, reasons: ["control.threshold"] },
    ])
    const { events, states } = harness.command("unbind", D, TWO)
    expect(events).toMatchObject([{ kind: "control", accepted: true }])
    expect([states, harness.trust(D)]).toEqual([[], "trusted"])
    expect(harness.command("unbind", "did:key:zNobody", TWO).events).toMatchObject([{ accepted: true }])
  })
  it("releases after proof only by two operators; what was held goes out annotated and marked, never verified", () => {
    const harness = proven()
    harness.say(D)
    harness.say(D)
    const refused = harness.command("release", D, ["did:key:zOp1", "did:key:zOp1"])
    expect(refused.events).toMatchObject([{ kind: "control", accepted: false, reasons: ["control.threshold"] }])
    expect(harness.trust(D)).toBe("quarantined")
    const effects = harness.command("release", D, TWO)
    expect(harness.trust(D)).toBe("probation")
    expect(effects.releases).toHaveLength(2)
    for (const { origin, decision } of effects.releases)
      expect(decision).toMatchObject({ outcome: "annotated", kind: "released", supersedes: origin })
    expect(harness.command("release", D, TWO).events).toMatchObject([
      { accepted: false, reasons: ["anomaly.nothing_to_release"] },
    ])
    for (let k = 0; k < 16; k++) harness.say(D, { values: [20 + Math.sin(k)] })
    expect(harness.trust(D)).toBe("trusted")
  })
  it("does not let one operator launder a proof through a quarantine of its own", () => {
    const harness = proven()
    harness.command("quarantine", D, ONE)
    harness.command("release", D, ONE)
    expect(harness.trust(D)).toBe("quarantined")
  })
  it("quarantines by command and releases by one operator", () => {
    const harness = new Harness()
    harness.trusted(D)
    harness.command("quarantine", D, ONE)
    expect(harness.say(D).decision?.outcome).toBe("quarantined")
    expect(harness.command("release", D, ONE).releases).toHaveLength(1)
    expect(harness.trust(D)).toBe("probation")
  })
  it("takes a released watched device as its new baseline", () => {
    const harness = new Harness()
    harness.trusted(D)
    for (let k = 0; k < 10; k++) harness.say(D, { values: [500 + Math.sin(k)] })
    expect(harness.trust(D)).toBe("watched")
    harness.command("release", D, ONE)
    expect(harness.trust(D)).toBe("learning")
    for (let k = 0; k < 10; k++) harness.say(D, { values: [500 + Math.sin(k)] })
    expect(harness.say(D, { values: [500] }).decision?.outcome).toBe("verified")
  })
  it("revokes for ever, by two, and marks what was held", () => {
    const harness = proven()
    harness.say(D)
    expect(harness.command("revoke", D, ONE).events).toMatchObject([{ accepted: false }])
    expect(harness.command("revoke", D, TWO).releases).toMatchObject([
      { decision: { outcome: "quarantined", kind: "revoked" } },
    ])
    harness.command("release", D, TWO)
    harness.tick(1e12)
    for (let k = 0; k < 20; k++) harness.say(D)
    expect(harness.trust(D)).toBe("revoked")
    expect(harness.say(D).decision).toMatchObject({ outcome: "quarantined", trust: "revoked" })
  })
  it("revokes a key under all its names, also one that is known elsewhere, or that nobody has seen", () => {
    const { publicKey } = generateKeyPairSync("ed25519")
    const key = publicKeyOf(publicKey)
    const [one, other] = [encodeDidKey(key), encodeDidJwk(key)]
    const revoke = { kind: "command", verb: "revoke", target: one, signers: TWO, reason: "test" } as const
    const harness = new Harness()
    harness.trusted(other)
    harness.control({ accepted: false, reasons: ["control.threshold"], what: revoke, elsewhere: true })
    harness.control({ accepted: true, reasons: [], what: { ...revoke, signers: ONE }, elsewhere: true })
    expect(harness.say(other).decision).toMatchObject({ trust: "trusted" })
    expect(harness.control({ accepted: true, reasons: [], what: revoke, elsewhere: true }).events).toEqual([])
    for (const verb of ["release", "quarantine"] as const)
      expect(harness.command(verb, other, TWO).events).toMatchObject([{ reasons: ["anomaly.device_revoked"] }])
    expect(harness.say(other)).toMatchObject({
      decision: { outcome: "quarantined", trust: "revoked" },
      events: [{ kind: "transition", device: other, from: "trusted", to: "revoked" }],
    })
    expect(harness.say(other)).toMatchObject({ decision: { trust: "revoked" }, state: undefined })
    // A name that comes later, before its admission and after.
    expect(harness.say(one).decision).toMatchObject({ outcome: "quarantined", trust: "revoked" })
    harness.admit(one)
    expect(harness.trust(one)).toBe("revoked")
    expect(harness.events.at(-1)).toMatchObject({ kind: "transition", device: one, to: "revoked" })

    const home = new Harness()
    expect(home.command("revoke", one, ONE).events).toMatchObject([{ reasons: ["control.threshold"] }])
    expect(home.command("revoke", one, TWO).events).toMatchObject([{ accepted: true, reasons: [] }])
    expect(home.command("revoke", one, TWO).events).toMatchObject([{ reasons: ["anomaly.device_revoked"] }])
    home.admit(other)
    expect(home.say(other).decision).toMatchObject({ trust: "revoked" })
    home.tick(1e12)
    expect(home.say(other).decision).toMatchObject({ trust: "revoked" })
  })
  it("refuses an unknown target, the partition's own key and what the runner refused, and records each", () => {
    const harness = new Harness()
    for (const target of ["did:key:zNobody", ""])
      expect(harness.command("revoke", target, TWO).events).toMatchObject([
        { accepted: false, reasons: ["control.target_unknown"] },
      ])
    const fact = { accepted: false, reasons: ["control.expired"], what: { kind: "unreadable" } } as const
    expect(harness.control(fact)).toMatchObject({
      states: [],
      events: [{ kind: "control", accepted: false, reasons: ["control.expired"] }],
    })
    const activation = {
      accepted: true,
      reasons: [],
      what: { kind: "activation", item: "policy", hash: "00", version: 2 },
    } as const
    expect(harness.control(activation).events).toMatchObject([{ kind: "control", accepted: true }])
  })
  it("lets two operators override an open breaker", () => {
    const harness = new Harness()
    const devices = Array.from({ length: 7 }, (_, i) => `did:key:z${i}`)
    for (const device of devices) harness.trusted(device)
    for (const device of devices.slice(0, 6)) harness.say(device, { integrity: ["integrity.firmware_lying"] })
    expect(harness.trust(devices[5]!)).toBe("watched")
    harness.command("breaker-override", "", ONE)
    harness.say(devices[5]!, { integrity: ["integrity.firmware_lying"] })
    expect(harness.trust(devices[5]!)).toBe("watched")
    harness.command("breaker-override", "", TWO)
    harness.say(devices[5]!, { integrity: ["integrity.firmware_lying"] })
    expect(harness.trust(devices[5]!)).toBe("quarantined")
  })

  it("records an override in one partition; another one tells only whose breaker it reset", () => {
    const override = (signers: ReadonlyArray<string>) =>
      ({
        accepted: true,
        reasons: [],
        what: { kind: "command", verb: "breaker-override", target: "all", signers, reason: "test" },
        elsewhere: true,
      }) as const
    const calm = new Harness()
    expect(calm.control(override(TWO)).events).toEqual([])
    expect(calm.control({ ...override(TWO), accepted: false, reasons: ["control.replayed"] }).events).toEqual([])
    const harness = new Harness()
    const devices = Array.from({ length: 7 }, (_, i) => `did:key:z${i}`)
    for (const device of devices) harness.trusted(device)
    for (const device of devices.slice(0, 6)) harness.say(device, { integrity: ["integrity.firmware_lying"] })
    expect(harness.control(override(ONE)).events).toEqual([])
    const [event, ...more] = harness.control(override(TWO)).events
    expect(more).toEqual([])
    expect(event).toMatchObject({ kind: "incident" })
    expect(JSON.parse((event as { detail: string }).detail)).toMatchObject({ signers: TWO, reason: "test", open: true })
  })
})

describe("ticks", () => {
  it("end a statistical cooldown in probation, and leave a proven quarantine alone", () => {
    const harness = proven()
    harness.trusted("did:key:zB")
    for (let k = 0; k < 400; k++) harness.say("did:key:zB", { values: [500 + k], time: 1 })
    expect(harness.trust("did:key:zB")).toBe("quarantined")
    harness.tick(9 * 60_000)
    expect(harness.trust("did:key:zB")).toBe("quarantined")
    harness.tick(2 * 60_000)
    expect(harness.trust("did:key:zB")).toBe("probation")
    harness.tick(365 * 86_400_000)
    expect(harness.trust(D)).toBe("quarantined")
  })
  it("let the trust of a silent device lapse once", () => {
    const harness = new Harness()
    harness.trusted(D)
    expect(harness.tick(6 * 86_400_000).events).toEqual([])
    expect(harness.tick(2 * 86_400_000).events).toMatchObject([{ from: "trusted", to: "stale" }])
    expect(harness.tick(30 * 86_400_000).events).toEqual([])
    expect(harness.say(D).decision).toMatchObject({ outcome: "annotated", trust: "stale" })
  })
  it("admit a device once", () => {
    const harness = new Harness()
    harness.admit(D)
    harness.admit(D)
    expect(harness.events).toHaveLength(1)
  })
})
