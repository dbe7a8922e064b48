import { verifyCredential } from "@assay/credentials"
import { resolveDeviceKey } from "@assay/did"
import { BUNDLE, openCommand, openItem, POLICY } from "@assay/knowledge"
import { interpret, parsePolicy, zoneOfAudience } from "@assay/segmentation"
import { describe, expect, it } from "vitest"
import { policyText } from "../src/plant.ts"
import { World } from "../src/world.ts"

const now = 1_800_000_000
const time = now * 1000
const world = new World({ seed: "world", now })

const context = { roots: world.rootSet, bundle: null }

describe("World", () => {
  it("has a bundle that its roots' threshold signed, and an older and a half-signed one that must not pass", () => {
    const opened = openItem(BUNDLE, world.signedBundle, context, { time, above: null })
    if ("reasons" in opened) throw new Error(opened.detail)
    expect(opened.active.body).toEqual(world.bundle)
    const above = opened.active.version
    expect(openItem(BUNDLE, world.olderBundle, context, { time, above: null })).toHaveProperty("active")
    expect(openItem(BUNDLE, world.olderBundle, context, { time, above })).toMatchObject({
      reasons: ["control.knowledge_version"],
    })
    expect(openItem(BUNDLE, world.halfSignedBundle, context, { time, above })).toMatchObject({
      reasons: ["control.knowledge_unsigned"],
    })
  })

  it("has a policy without a warning, under which the fleet reaches the historian and nothing else", () => {
    expect(parsePolicy(policyText(now), { at: time }).problems).toEqual([])
    const opened = openItem(POLICY, world.signedPolicy, context, { time, above: null })
    if ("reasons" in opened) throw new Error(opened.detail)
    const policy = opened.active.body
    const ruling = (audience: string) =>
      interpret(policy, "field", zoneOfAudience(policy, audience) ?? "none", "telemetry", "weather").kind
    expect(ruling(world.audiences.historian)).toBe("conduit")
    expect(ruling(world.audiences.safety)).toBe("guardrail")
    expect(world.cells.map((cell) => zoneOfAudience(policy, cell))).toEqual(world.cells.map((_, n) => `cell-${n + 1}`))
    expect(new Set(world.cells.map(ruling))).toEqual(new Set(["none"]))
    expect(policy.lateral.zones).toBe(world.lateralZones)
    expect(world.cells.length).toBeGreaterThan(world.lateralZones)
  })

  it("issues credentials that verify, each naming its device", () => {
    const device = world.device("a")
    const read = verifyCredential(device.profile.credentials[0]!)
    if ("reason" in read) throw new Error(read.detail)
    expect(read.credential.subject).toBe(device.did)
    expect(read.credential.terms.issuer).toBe(world.manufacturer.did)
    expect(world.bundle.issuers.map(({ did }) => did)).toEqual([world.manufacturer.did])
  })

  it("gives the same devices for the same seed", () => {
    const again = new World({ seed: "world", now })
    expect(again.device("a", { ordinal: 3 }).profile.identity.did).toBe(world.device("a", { ordinal: 3 }).did)
    expect(again.signedBundle).toEqual(world.signedBundle)
    expect(new World({ seed: "other", now }).device("a").did).not.toBe(world.device("a").did)
  })

  it.each([0, 1, 2, 3])("names keys that resolve (kind %i)", (ordinal) => {
    const { identity } = world.device("kinds", { ordinal }).profile
    expect(resolveDeviceKey(identity.did)).toMatchObject({ alg: identity.alg, kid: identity.kid })
  })

  it("lets two operators revoke, and neither one of them nor a device", () => {
    const target = world.device("a").did
    const [first, second] = world.operators.map((operator) =>
      world.command(operator, { verb: "revoke", target, seq: 1 }).bytes.toString("latin1"),
    )
    const device = world.command(world.device("a").profile.identity, { verb: "release", target, seq: 1 })
    const open = (...tokens: string[]) =>
      openCommand(tokens, world.bundle, time, { epoch: 1, genesis: now * 1000 }).fact
    expect(open(first!, second!)).toMatchObject({ accepted: true })
    expect(open(first!)).toMatchObject({ accepted: false, reasons: ["control.threshold"] })
    expect(open(first!, first!)).toMatchObject({ accepted: false, reasons: ["control.threshold"] })
    expect(open(device.bytes.toString("latin1"))).toMatchObject({ accepted: false, reasons: ["control.not_operator"] })
  })
})
