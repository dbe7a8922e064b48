/** Invariant 7: missing, stale or unsigned knowledge never yields `verified`. */
import { encodeControl, publishKnowledge } from "@assay/engine"
import { type Device, policyText, type World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { hashOfBody, POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import { type Action, type Outcome, type ReasonCode, reasonInfo, type TrustBundle } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** What is short-lived here ends this long after the start. */
const SOON = 30 * MINUTE

const bundleWith = (world: World, change: Partial<TrustBundle>, signers = 2): Uint8Array =>
  signBundle({ ...world.bundle, version: 9, ...change }, world.roots.slice(0, signers))

const policyWith = (world: World, change: (text: string) => string, signers = 2): Uint8Array =>
  dsseSign(
    POLICY_PAYLOAD_TYPE,
    Buffer.from(change(policyText(START)).replace("version: 1", "version: 9")),
    world.roots.slice(0, signers),
  )

const publish = async (driver: Driver, bundle: Uint8Array | null, policy: Uint8Array | null): Promise<void> => {
  if (bundle !== null) await publishKnowledge(driver.log, "bundle", bundle)
  if (policy !== null) await publishKnowledge(driver.log, "policy", policy)
}

const speak = async (
  driver: Driver,
  device: Device,
  act: Action = "telemetry",
): Promise<{ outcome: Outcome; reasons: ReadonlyArray<ReasonCode> }> => {
  const origin = await driver.say(device.did, device.message({ act, iat: Math.floor(driver.now / 1000) }))
  await driver.settle()
  return driver.decidedAt(origin)!.decision
}

/** Shows its credential and speaks often enough to be trusted, if that is to be had at all. */
const enrol = async (driver: Driver, world: World): Promise<Device> => {
  const device = world.device("informed")
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 15; n++) await speak(driver, device)
  return device
}

const verified = async (driver: Driver): Promise<number> => (await driver.decisions("verified")).length

type Case = readonly [
  what: string,
  bundle: (world: World) => Uint8Array | null,
  policy: (world: World) => Uint8Array | null,
  reason: ReasonCode,
]

const good = { bundle: (world: World) => world.signedBundle, policy: (world: World) => world.signedPolicy }
const none = () => null

/** Knowledge as it is from the beginning. */
const NEVER: ReadonlyArray<Case> = [
  ["no knowledge at all", none, none, "credential.bundle_missing"],
  ["no bundle", none, good.policy, "credential.bundle_missing"],
  ["no policy", good.bundle, none, "segmentation.policy_missing"],
  ["a bundle that only one root signed", (world) => bundleWith(world, {}, 1), good.policy, "credential.bundle_missing"],
  [
    "a bundle that was over before it came",
    (world) => bundleWith(world, { expires: START * 1000 - 1 }),
    good.policy,
    "credential.bundle_missing",
  ],
  [
    "a policy that only one root signed",
    good.bundle,
    (world) => policyWith(world, (text) => text, 1),
    "segmentation.policy_missing",
  ],
  [
    "a policy signed as something else",
    good.bundle,
    (world) => dsseSign("text/plain", Buffer.from(policyText(START)), world.roots),
    "segmentation.policy_missing",
  ],
  [
    "a policy whose text was changed after signing",
    good.bundle,
    (world) => altered(world.signedPolicy),
    "segmentation.policy_missing",
  ],
  [
    "a bundle whose text was changed after signing",
    (world) => altered(world.signedBundle),
    good.policy,
    "credential.bundle_missing",
  ],
  [
    "a bundle without the credential's issuer",
    (world) => bundleWith(world, { issuers: [] }),
    good.policy,
    "credential.issuer_untrusted",
  ],
  [
    "a bundle without the credential's status list",
    (world) => bundleWith(world, { statusLists: [] }),
    good.policy,
    "credential.status_unavailable",
  ],
]

/** One character of the signed payload, inside its envelope. */
const altered = (envelope: Uint8Array): Uint8Array => {
  const parsed = JSON.parse(Buffer.from(envelope).toString("utf8")) as { payload: string }
  const payload = Buffer.from(parsed.payload, "base64")
  const at = payload.indexOf("1")
  payload[at] = "2".charCodeAt(0)
  return Buffer.from(JSON.stringify({ ...parsed, payload: payload.toString("base64") }))
}

/** In force at first, and missing in a later bundle. */
const TAKEN: ReadonlyArray<readonly [what: string, change: Partial<TrustBundle>, reason: ReasonCode]> = [
  ["the issuer", { issuers: [] }, "credential.issuer_withdrawn"],
  ["the status list", { statusLists: [] }, "credential.status_unavailable"],
]

/** Good at first; `SOON` it is not any more. */
const STALE: ReadonlyArray<readonly [...Case, event: Outcome]> = [
  [
    "the bundle",
    (world) => bundleWith(world, { expires: START * 1000 + SOON }),
    good.policy,
    "credential.bundle_expired",
    "quarantined",
  ],
  [
    "the policy",
    good.bundle,
    (world) =>
      policyWith(world, (text) =>
        text.replace(/expires: .*/, `expires: ${new Date(START * 1000 + SOON).toISOString().replace(".000", "")}`),
      ),
    "segmentation.policy_expired",
    "quarantined",
  ],
  [
    "the status list",
    (world) =>
      bundleWith(world, { statusLists: world.bundle.statusLists.map((list) => ({ ...list, maxAgeMs: DAY + SOON })) }),
    good.policy,
    "credential.status_stale",
    "quarantined",
  ],
]

describe("invariant 7: without knowledge nothing is verified", () => {
  it("is, with all of it in force", async () => {
    const world = aWorld("invariant 7")
    const driver = await openDriver(world)
    const device = await enrol(driver, world)
    driver.now += SOON + 10 * MINUTE
    expect(await speak(driver, device)).toMatchObject({ outcome: "verified", reasons: [] })
    await driver.close()
  })

  for (const [what, bundle, policy, reason] of NEVER) {
    it(`never with ${what}`, async () => {
      const world = aWorld("invariant 7")
      const driver = await Driver.open({ roots: world.rootSet, now: START * 1000 })
      await publish(driver, bundle(world), policy(world))
      const device = await enrol(driver, world)
      expect(await verified(driver)).toBe(0)
      expect(await speak(driver, device)).not.toMatchObject({ outcome: "verified" })
      // Said of the presentation or of every message, whichever it concerns.
      expect(new Set(driver.decided.flatMap(({ decision }) => decision.reasons))).toContain(reason)
      await driver.close()
    })
  }

  for (const [what, change, reason] of TAKEN) {
    it(`no longer when ${what} is taken out of the bundle, though the device is trusted`, async () => {
      const world = aWorld("invariant 7")
      const driver = await openDriver(world)
      const device = await enrol(driver, world)
      const before = await verified(driver)
      expect(before).toBeGreaterThan(0)
      await publish(driver, bundleWith(world, change), null)
      const { outcome, reasons } = await speak(driver, device)
      expect([outcome, reasons.includes(reason)]).toEqual([outcome, true])
      expect(outcome).not.toBe("verified")
      expect(await verified(driver)).toBe(before)
      await driver.close()
    })
  }

  for (const [what, bundle, policy, reason, event] of STALE) {
    it(`no longer when ${what} has run out, though the device is trusted`, async () => {
      const world = aWorld("invariant 7")
      const driver = await Driver.open({ roots: world.rootSet, now: START * 1000 })
      await publish(driver, bundle(world), policy(world))
      const device = await enrol(driver, world)
      expect(await speak(driver, device)).toMatchObject({ outcome: "verified" })
      const before = await verified(driver)
      driver.now = START * 1000 + SOON + MINUTE
      for (const act of ["telemetry", "event"] as const) {
        const { outcome, reasons } = await speak(driver, device, act)
        // A stale status list has a reason of its own for acts that move machines.
        expect(reasons.map((code) => code.replace(/_act$/, ""))).toContain(reason)
        expect(outcome).not.toBe("verified")
        if (act === "event") expect(outcome).toBe(event)
        // Our own facts were missing: the device has done nothing.
        for (const code of reasons) expect([code, reasonInfo(code).attribution]).toEqual([code, "knowledge"])
      }
      expect(await verified(driver)).toBe(before)
      // What is missing is made good by knowledge alone, not by time.
      await publish(
        driver,
        bundleWith(world, { version: 10 }),
        policyWith(world, (text) => text.replace("version: 1", "version: 10")),
      )
      expect(await speak(driver, device)).toMatchObject({ outcome: "verified" })
      await driver.close()
    })
  }

  it("never by an activation whose body is not there, or is another", async () => {
    const world = aWorld("invariant 7")
    const driver = await Driver.open({ roots: world.rootSet, now: START * 1000 })
    const hash = hashOfBody(world.signedBundle)
    const activate = async (body: Uint8Array | null): Promise<void> => {
      const { key, value } = encodeControl({ kind: "activation", item: "bundle", hash, body })
      await driver.raw(STREAMS.submitted, 0, value, key)
    }
    await publish(driver, null, world.signedPolicy)
    await activate(Buffer.from("something else"))
    // Also where the body is kept beside the entries: what is kept when the entry is judged must not decide.
    await driver.log.cells.swap(0, `knowledge/${hash}`, null, world.signedBundle)
    await activate(null)
    await enrol(driver, world)
    expect(await verified(driver)).toBe(0)
    const refused = (await driver.audit()).filter(({ kind, count }) => kind === "control" && count === 0)
    expect(refused.map(({ reasons }) => reasons)).toEqual([["control.body_missing"], ["control.body_missing"]])
    await driver.close()
  })

  it("cites, in each verified message, the items that were in force", async () => {
    const world = aWorld("invariant 7")
    const driver = await openDriver(world)
    await enrol(driver, world)
    const [bundle, policy] = [hashOfBody(world.signedBundle), hashOfBody(world.signedPolicy)]
    const messages = await driver.decisions("verified")
    expect(messages.length).toBeGreaterThan(3)
    for (const { verdicts } of messages) {
      expect(verdicts.credential!.knowledge).toContain(bundle)
      expect(verdicts.segmentation!.knowledge).toContain(policy)
    }
    await driver.close()
  })
})
