/** Who is charged when references or a policy change, through the five stages: nobody but who did what it never did. */
import { publishKnowledge } from "@assay/engine"
import { type Device, policyText, type World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import type { ReasonCode, TrustBundle } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const FLEET = 6

type Say = Parameters<Device["message"]>[0]

const bundleWith = (world: World, version: number, change: Partial<TrustBundle>): Uint8Array =>
  signBundle({ ...world.bundle, version, ...change }, world.roots.slice(0, 2))

/** A trusted fleet, and what each says in turn. */
const plant = async (seed: string) => {
  const world = aWorld(seed)
  const driver = await openDriver(world)
  const devices = Array.from({ length: FLEET }, (_, n) => world.device(`${seed} ${n}`, { ordinal: n }))
  for (const device of devices) await driver.say(device.did, device.presentation())
  await driver.settle()
  const say = async (device: Device, more: Say = {}) => {
    const origin = await driver.say(device.did, device.message({ iat: Math.floor(driver.now / 1000), ...more }))
    await driver.settle()
    return driver.decidedAt(origin)!.decision
  }
  const everybody = async (more: Say = {}, of: ReadonlyArray<Device> = devices) => {
    const found = []
    for (const device of of) found.push(await say(device, more))
    return found
  }
  for (let n = 0; n < 12; n++) await everybody({ fw: devices[0]!.profile.firmware })
  return { world, driver, devices, say, everybody }
}

const incidentsOf = async (driver: Driver): Promise<ReadonlyArray<string>> =>
  (await driver.audit())
    .filter(({ kind }) => kind === "incident")
    .map(({ detail }) => JSON.parse(detail!).what as string)

const reasonsOf = (decisions: ReadonlyArray<{ readonly reasons: ReadonlyArray<ReasonCode> }>) =>
  new Set(decisions.flatMap(({ reasons }) => reasons))

describe("a fleet whose knowledge was changed by mistake", () => {
  it("keeps its trust over wrong references, and is verified again under the right ones", async () => {
    const { world, driver, devices, everybody } = await plant("wrong references")
    const fw = devices[0]!.profile.firmware
    const before = (await everybody({ fw })).map(({ outcome, reputation }) => [outcome, reputation])
    expect(new Set(before.map(([outcome]) => outcome))).toEqual(new Set(["verified"]))
    const firmware = world.bundle.firmware.map((one) =>
      one.digest === fw.digest ? { ...one, digest: "ab".repeat(32) } : one,
    )
    await publishKnowledge(driver.log, "bundle", bundleWith(world, 11, { firmware }))
    for (let n = 0; n < 4; n++) {
      const refused = await everybody({ fw })
      expect(reasonsOf(refused)).toEqual(new Set(["integrity.reference_changed"]))
      expect(new Set(refused.map(({ outcome, trust }) => `${outcome} ${trust}`))).toEqual(
        new Set(["quarantined trusted"]),
      )
    }
    expect((await incidentsOf(driver)).filter((what) => what.startsWith("references changed")).length).toBeGreaterThan(
      0,
    )
    await publishKnowledge(driver.log, "bundle", bundleWith(world, 12, {}))
    for (const { outcome, reputation } of await everybody({ fw })) {
      expect(outcome).toBe("verified")
      expect(reputation).toBeGreaterThan(0.9)
    }
    await driver.close()
  })

  it("keeps its trust over a policy without its flow, and over a bundle without its issuer", async () => {
    const { world, driver, everybody } = await plant("narrowed")
    const policy = (version: number, change: (text: string) => string): Uint8Array =>
      dsseSign(
        POLICY_PAYLOAD_TYPE,
        Buffer.from(change(policyText(START)).replace("version: 1", `version: ${version}`)),
        world.roots.slice(0, 2),
      )
    await publishKnowledge(
      driver.log,
      "policy",
      policy(11, (text) => text.replaceAll("actions: [telemetry", "actions: [config")),
    )
    for (let n = 0; n < 4; n++)
      for (const { reasons, trust } of await everybody())
        expect([trust, reasons]).toEqual(["trusted", ["segmentation.policy_changed"]])
    await publishKnowledge(
      driver.log,
      "policy",
      policy(12, (text) => text),
    )
    await publishKnowledge(driver.log, "bundle", bundleWith(world, 11, { issuers: [] }))
    for (let n = 0; n < 4; n++)
      for (const { reasons, trust } of await everybody()) {
        expect(trust).toBe("trusted")
        expect(reasons).toContain("credential.issuer_withdrawn")
      }
    await publishKnowledge(driver.log, "bundle", bundleWith(world, 12, {}))
    expect((await everybody()).map(({ outcome }) => outcome)).toEqual(Array(FLEET).fill("verified"))
    await driver.close()
  })
})

describe("an attacker with three devices", () => {
  it("buys no amnesty by showing one firmware on all of them, and raises the alarm", async () => {
    const { world, driver, devices, everybody } = await plant("worm")
    const [taken, honest] = [devices.slice(0, 3), devices.slice(3)]
    const worm = { ...devices[0]!.profile.firmware, version: "6.6.6", svn: 9, digest: "66".repeat(32) }
    for (let n = 0; n < 12; n++)
      expect(reasonsOf(await everybody({ fw: worm }, taken))).toContain("integrity.firmware_unknown")
    expect((await incidentsOf(driver)).filter((what) => what.startsWith("containment alarm"))).toHaveLength(1)
    // A bundle that does not speak of it excuses it no more than before.
    await publishKnowledge(driver.log, "bundle", bundleWith(world, 11, { statusLists: [...world.bundle.statusLists] }))
    for (const { outcome, trust, reputation } of await everybody({ fw: worm }, taken)) {
      expect([outcome, trust]).not.toContain("verified")
      expect(trust).not.toBe("trusted")
      expect(reputation).toBeLessThan(0.5)
    }
    for (const { outcome } of await everybody({}, honest)) expect(outcome).toBe("verified")
    await driver.close()
  })
})
