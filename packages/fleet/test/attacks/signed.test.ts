import { verifyCredential } from "@assay/credentials"
import { BUNDLE, openCommand, openItem } from "@assay/knowledge"
import { parsePolicy, zoneOfAudience } from "@assay/segmentation"
import { describe, expect, it } from "vitest"
import type { Attack } from "../../src/attack.ts"
import { ATTACKS } from "../../src/attacks/index.ts"
import { policyText } from "../../src/plant.ts"
import { attempts, inject, NOW, type Seen, saidIn, see, world } from "./inspect.ts"

const named = (name: string): Attack => ATTACKS.find((attack) => attack.name === name)!
const steps = (name: string, instance = 0) => inject(named(name), instance).map(see)
const tried = (name: string, instance = 0) => attempts(named(name), instance)
const before = (name: string): Seen => {
  const all = steps(name)
  return all[all.findIndex(({ label }) => label.role === "attempt") - 1]!
}
const bytesOf = (name: string, role: string): ReadonlyArray<string> =>
  inject(named(name)).flatMap((s) =>
    s.kind === "message" && s.label.role === role ? [Buffer.from(s.envelope.bytes).toString("latin1")] : [],
  )

describe("what a device did sign", () => {
  it.each([
    "replay",
    "wrong-routing",
    "reordering",
    "epoch-jump",
    "clone",
    "equivocation",
    "stale-timestamp",
    "future-timestamp",
    "expired-credential",
    "revoked-credential",
    "untrusted-issuer",
    "borrowed-credential",
    "outside-capability",
    "broken-chain",
    "chain-gap",
    "firmware-unknown",
    "firmware-tampered",
    "firmware-rolled-back",
    "forbidden-zone",
    "zone-sweep",
    "value-drift",
    "stuck-sensor",
    "message-flood",
    "identity-crowd",
    "unreadable-readings",
  ])("%s is authentic by every signature", (name) => {
    for (const instance of [0, 1]) for (const { state } of tried(name, instance)) expect(state).toBe("authentic")
  })

  it("replay repeats bytes that were sent", () => {
    const sent = bytesOf("replay", "lead-up")
    for (const again of bytesOf("replay", "attempt")) expect(sent).toContain(again)
  })

  it("wrong-routing never uses the right key", () => {
    for (const { key, claims } of tried("wrong-routing")) expect(key).not.toBe(claims?.iss)
  })

  it("reordering swaps messages that are all there", () => {
    const order = tried("reordering").map((seen) => saidIn(seen).seq)
    const sorted = order.toSorted((a, b) => a - b)
    expect(order).not.toEqual(sorted)
    expect(sorted.map((seq) => seq - sorted[0]!)).toEqual(sorted.map((_, n) => n))
    expect(Math.max(...order.map((seq, n) => Math.abs(seq - sorted[n]!)))).toBeLessThan(16)
  })

  it("epoch-jump jumps far", () => {
    expect(saidIn(tried("epoch-jump")[0]!).epo - saidIn(before("epoch-jump")).epo).toBeGreaterThan(10_000)
  })

  it("clone signs new content for an old epoch, later, or for a slot that is taken", () => {
    for (const instance of [0, 1]) {
      const said = steps("clone", instance).filter(({ claims }) => claims?.kind === "message")
      const copy = said.filter(({ label }) => label.role === "lead-up").slice(-2)
      for (const [n, attempt] of tried("clone", instance).entries()) {
        const [claims, other] = [saidIn(attempt), saidIn(copy[n]!)]
        if (instance === 0) expect(claims.epo).toBeLessThan(other.epo)
        else expect([claims.epo, claims.seq]).toEqual([other.epo, other.seq])
        expect(claims.iat).toBeGreaterThan(other.iat)
      }
    }
  })

  it("equivocation fills one slot twice", () => {
    const [first, second] = [before("equivocation"), tried("equivocation")[0]!]
    const slotOf = (seen: Seen) => [saidIn(seen).epo, saidIn(seen).seq]
    expect(slotOf(second)).toEqual(slotOf(first))
    expect(second.readings).not.toEqual(first.readings)
  })

  it("the clocks are wrong by a day and by a month", () => {
    expect(tried("future-timestamp")[0]!.claims!.iat - NOW).toBeGreaterThanOrEqual(86_400)
    expect(NOW - tried("stale-timestamp")[0]!.claims!.iat).toBeGreaterThan(29 * 86_400)
  })

  it("the credentials are what their attacks say", () => {
    const shown = (name: string) => {
      const claims = tried(name)[0]!.claims!
      if (claims.kind !== "presentation") throw new Error(`${name} presents nothing`)
      const read = verifyCredential(claims.credentials[0]!)
      if ("reason" in read) throw new Error(read.detail)
      return { ...read.credential, holder: claims.iss }
    }
    expect(shown("expired-credential").validUntil).toBeLessThan(NOW * 1000)
    expect(shown("untrusted-issuer").terms.issuer).toBe(world.rogueIssuer.did)
    expect(shown("borrowed-credential").subject).not.toBe(shown("borrowed-credential").holder)
    expect(shown("revoked-credential").indices[0]).toBeGreaterThanOrEqual(130_000)
  })

  it("outside-capability leaves the granted names and bounds", () => {
    const [measurement, value] = tried("outside-capability").map(({ readings }) => readings[0]!)
    expect(["Cel", "hPa", "m/s"]).not.toContain(measurement!.unit)
    expect(value).toMatchObject({ unit: "Cel", value: 900 })
  })

  it("the chain is broken, or has a hole larger than any window", () => {
    const broken = saidIn(tried("broken-chain")[0]!)
    expect(broken.seq).toBe(saidIn(before("broken-chain")).seq + 1)
    const said = steps("replay").filter(({ claims }) => claims?.kind === "message")
    const next = said.map(saidIn).find(({ seq }) => seq === broken.seq)
    expect(broken.prv).not.toBe(next?.prv)
    expect(saidIn(tried("chain-gap")[0]!).seq - saidIn(before("chain-gap")).seq).toBeGreaterThan(64)
  })

  it("the firmware is unknown, altered, or older than before", () => {
    const references = world.bundle.firmware
    const claimed = (name: string) => saidIn(tried(name)[0]!).fw!
    const known = (name: string) => references.find(({ digest }) => digest === claimed(name).digest)
    expect(known("firmware-unknown") ?? known("firmware-tampered")).toBeUndefined()
    expect(references.map(({ version }) => version)).not.toContain(claimed("firmware-unknown").version)
    expect(references.map(({ version }) => version)).toContain(claimed("firmware-tampered").version)
    expect(known("firmware-rolled-back")).toMatchObject({ status: "good", ...claimed("firmware-rolled-back") })
    const first = steps("firmware-rolled-back").find(({ claims }) => claims?.kind === "message" && claims.fw !== null)!
    expect(saidIn(first).fw!.svn).toBeGreaterThan(claimed("firmware-rolled-back").svn)
  })

  it("the audiences lie in zones that a sensor has no business in", () => {
    const { policy } = parsePolicy(policyText(NOW))
    const zones = (name: string) => tried(name).map(({ claims }) => zoneOfAudience(policy!, claims!.aud))
    expect(zones("forbidden-zone")).toEqual(["safety"])
    expect(new Set(zones("zone-sweep")).size).toBe(8)
    expect(zones("zone-sweep")).not.toContain("operations")
  })

  it("the values drift within what is granted, stick, and flood", () => {
    const values = (name: string, unit: string) =>
      tried(name).map(({ readings }) => readings.find((reading) => reading.unit === unit)!.value!)
    const drift = values("value-drift", "Cel")
    expect(drift).toEqual(drift.toSorted((a, b) => a - b))
    expect(drift.at(-1)! - drift[0]!).toBeGreaterThan(20)
    expect(Math.max(...drift)).toBeLessThan(60)
    expect(new Set(values("stuck-sensor", "hPa")).size).toBe(1)
    expect(new Set(values("stuck-sensor", "Cel")).size).toBeGreaterThan(5)
    expect(new Set(inject(named("message-flood")).map(({ label }) => label.device)).size).toBe(1)
    expect(tried("message-flood")).toHaveLength(300)
  })

  it("the crowd is many, and every one of it new", () => {
    const crowd = tried("identity-crowd").map(({ claims }) => claims!.iss)
    expect(new Set(crowd).size).toBe(8)
  })
})

describe("what nobody has the right to order", () => {
  it.each(["control-by-device", "control-by-one"])("%s is refused for the reason it expects", (name) => {
    for (const submission of inject(named(name))) {
      if (submission.kind !== "control") continue
      const { fact } = openCommand(submission.tokens, world.bundle, NOW * 1000, { epoch: 1, genesis: NOW * 1000 })
      expect(fact).toMatchObject({ accepted: false, reasons: named(name).expect.reasons })
    }
    expect(tried(name).map(({ state }) => state)).toContain("control")
  })

  it.each(["older-bundle", "unsigned-bundle"])("%s is refused for the reason it expects", (name) => {
    const [submission] = inject(named(name))
    if (submission?.kind !== "knowledge") throw new Error("not knowledge")
    const limits = { time: NOW * 1000, above: world.bundle.version }
    const opened = openItem(BUNDLE, submission.body, { roots: world.rootSet, bundle: null }, limits)
    expect(opened).toMatchObject({ reasons: named(name).expect.reasons })
  })
})
