/** Devices that cannot sign: what a gateway may say for them, what that is worth, who answers for it, and how it ends. */
import { hash, randomBytes } from "node:crypto"
import { publishKnowledge } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { newErasure } from "@assay/knowledge"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { type Decision, OPERATOR_RIGHTS, type Verb } from "@assay/trust"
import { afterAll, afterEach, describe, expect, it } from "vitest"

const NOW = 1_790_000_000
const SECOND = 1_000
const HOUR = 3_600 * SECOND
const METER = "urn:dev:mac:0024befffe804ff1"

let driver: Driver
let world: World
let seq = 10_000

const open = async (claims = true, partitions = 2): Promise<void> => {
  world = new World({ seed: "delegation", now: NOW, rights: OPERATOR_RIGHTS, claims, clockSeconds: 100_000 })
  driver = await Driver.open({ roots: world.rootSet, now: NOW * SECOND, partitions })
  await driver.know(world)
  await driver.settle()
}
afterEach(() => driver?.close())
afterAll(closeVerifyPool)

const activate = async (gateway: Device, ...more: ReadonlyArray<object>): Promise<void> => {
  const terms = Object.assign({ names: [METER] }, ...more)
  await publishKnowledge(driver.log, "delegation", world.delegation(gateway, terms))
  await driver.settle()
}

/** What a device says next, by a clock that is right; what is decided on it. */
const say = async (device: Device, change: Parameters<Device["message"]>[0] = {}): Promise<Decision> => {
  driver.now += SECOND
  await driver.say(device.did, device.message({ iat: Math.floor(driver.now / SECOND), ...change }))
  await driver.settle()
  return driver.decided.at(-1)!.decision
}
const sayAll = async (device: Device, count: number): Promise<Decision> => {
  let last!: Decision
  for (let n = 0; n < count; n++) last = await say(device)
  return last
}

const order = async (verb: Verb, target: string, more: { readonly value?: string } = {}): Promise<void> => {
  seq += 1
  driver.now += 20
  await driver.command(...world.operators.slice(0, 2).map((by) => world.command(by, { verb, target, seq, ...more })))
  await driver.settle()
}

const trustedGateway = async (name = "gateway"): Promise<Device> => {
  const gateway = world.device(name)
  await driver.say(gateway.did, gateway.presentation())
  await driver.settle()
  expect(await sayAll(gateway, 20)).toMatchObject({ outcome: "verified", trust: "trusted" })
  return gateway
}

/** A gateway with a delegation, and its device, both trusted. */
const trustedMeter = async (): Promise<{ readonly gateway: Device; readonly meter: Device }> => {
  const gateway = await trustedGateway()
  await activate(gateway)
  const meter = world.delegate(gateway, METER)
  expect(await sayAll(meter, 20)).toMatchObject({ outcome: "verified", trust: "trusted" })
  return { gateway, meter }
}

const wentTo = async (device: string) =>
  (await driver.audit()).filter((event) => event.kind === "transition" && event.device === device).map(({ to }) => to)

describe("what a gateway says of a device", () => {
  it("is believed only where the conduit lets claims pass", async () => {
    await open(false)
    const gateway = await trustedGateway()
    await activate(gateway)
    const meter = world.delegate(gateway, METER)
    const last = await sayAll(meter, 20)
    expect(last).toMatchObject({ outcome: "quarantined" })
    expect(last.reasons).toContain("anomaly.min_assurance")
    // Nobody did anything wrong: the policy asks for more than a gateway can give.
    expect(await say(gateway)).toMatchObject({ outcome: "verified", trust: "trusted" })
  })

  it("is believed no more than the gateway itself", async () => {
    await open()
    const gateway = world.device("gateway")
    await driver.say(gateway.did, gateway.presentation())
    await driver.settle()
    await activate(gateway)
    const meter = world.delegate(gateway, METER)
    const early = await sayAll(meter, 20)
    expect(early).toMatchObject({ outcome: "annotated", trust: "trusted", reasons: ["anomaly.gateway_not_trusted"] })
    await sayAll(gateway, 20)
    expect(await say(meter)).toMatchObject({ outcome: "verified" })
  })

  it("needs a delegation, and is charged to nobody without", async () => {
    await open()
    const gateway = await trustedGateway()
    const meter = world.delegate(gateway, METER)
    for (let n = 0; n < 30; n++)
      expect(await say(meter)).toMatchObject({
        outcome: "quarantined",
        reasons: expect.arrayContaining(["credential.delegation_missing"]),
      })
    const before = (await say(gateway)).reputation!
    expect(await say(gateway)).toMatchObject({ outcome: "verified", trust: "trusted" })
    expect(before).toBeGreaterThan(0.9)
  })

  it("ends with the delegation, charged to nobody, and goes on with the next one", async () => {
    await open()
    const gateway = await trustedGateway()
    await activate(gateway, { expires: driver.now + HOUR })
    const meter = world.delegate(gateway, METER)
    await sayAll(meter, 20)
    driver.now += HOUR
    expect((await say(meter)).reasons).toContain("credential.delegation_expired")
    expect(await wentTo(gateway.did)).toEqual(["learning", "trusted"])
    await activate(gateway, { version: 2 })
    expect((await say(meter)).outcome).not.toBe("quarantined")
  })

  it("is charged to nobody once operators have taken the name away", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    await activate(gateway, { version: 2, names: ["another"] })
    for (let n = 0; n < 20; n++) expect((await say(meter)).reasons).toContain("credential.delegation_withdrawn")
    expect(await say(gateway)).toMatchObject({ outcome: "verified", trust: "trusted" })
  })

  it("counts by the signatures of two operators with the right, and not by one", async () => {
    await open()
    const gateway = await trustedGateway()
    const meter = world.delegate(gateway, METER)
    await activate(gateway, { signers: world.operators.slice(0, 1) })
    expect((await say(meter)).reasons).toContain("credential.delegation_missing")
    await activate(gateway, { signers: world.operators.slice(0, 2) })
    expect((await say(meter)).outcome).toBe("annotated")
    await driver.restart()
    expect((await say(meter)).outcome).toBe("annotated")
  })
})

describe("who answers for it", () => {
  it("is the gateway, by its reputation, for names that are not its own", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    const before = (await say(gateway)).reputation!
    const unnamed = world.delegate(gateway, "meter-2")
    await sayAll(unnamed, 10)
    expect((await say(gateway)).reputation!).toBeLessThan(before - 0.1)
    expect(await wentTo(gateway.did)).toContain("watched")
    expect(await wentTo(unnamed.id)).toEqual([])
    expect((await say(meter)).reasons).toEqual(["anomaly.gateway_not_trusted"])
  })

  it("is the gateway, by its trust, where its key signs two stories of a device", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    const copy = meter.copy()
    copy.wander(7)
    await say(meter)
    await say(copy)
    expect((await wentTo(gateway.did)).at(-1)).toBe("quarantined")
    expect((await wentTo(meter.id)).at(-1)).toBe("trusted")
    const proof = (await driver.audit()).find(({ kind }) => kind === "proof")
    expect(proof).toMatchObject({ device: meter.id })
    expect(proof!.evidence).toHaveLength(2)
    expect((await say(meter)).reasons).toContain("anomaly.gateway_withheld")
  })

  it("is nobody for what a carrier repeats", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    const unnamed = world.delegate(gateway, "meter-2")
    const bytes = unnamed.message({ iat: Math.floor(driver.now / SECOND) })
    await driver.say(gateway.did, bytes)
    await driver.settle()
    const once = (await say(gateway)).reputation!
    for (let n = 0; n < 30; n++) await driver.say(gateway.did, bytes)
    await driver.settle()
    expect((await driver.rejected()).filter(({ reasons }) => reasons.includes("identity.replayed"))).toHaveLength(30)
    expect((await say(gateway)).reputation!).toBeGreaterThanOrEqual(once)
    expect((await say(meter)).outcome).toBe("verified")
  })

  it("is not the gateway where a device shows values that it never had, but for a device that is withheld", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    const before = (await say(gateway)).reputation!
    // Values that no weather has, and far more often than ever: two families of suspicion.
    const at = driver.now + SECOND
    const iat = Math.floor(at / SECOND)
    for (let n = 0; n < 100; n++) {
      const values = { temperature: -39 + n * 0.98, pressure: 851 + n * 2.4, wind: n * 0.89 }
      for (let burst = 0; burst < 4; burst++) {
        await driver.say(meter.did, meter.message({ iat, values }))
        driver.now = at
      }
    }
    await driver.settle()
    expect(await wentTo(meter.id)).toEqual(expect.arrayContaining(["watched", "quarantined"]))
    const after = await say(gateway)
    expect(after).toMatchObject({ outcome: "verified", trust: "trusted" })
    // It pays once, for the device that is withheld.
    expect(after.reputation!).toBeLessThan(before)
    expect(after.reputation!).toBeGreaterThan(0.5)
  })
})

describe("the ways back", () => {
  it("a gateway that is released has its devices' messages released too, one device at a time", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    await order("quarantine", gateway.did)
    expect(await say(meter)).toMatchObject({ outcome: "quarantined", trust: "trusted" })
    await order("release", meter.id)
    const orders = (await driver.audit()).filter(({ kind, detail }) => kind === "control" && detail?.includes(meter.id))
    expect(orders.map(({ reasons }) => reasons)).toEqual([["anomaly.gateway_withheld"]])
    await order("release", gateway.did)
    await order("release", meter.id)
    const released = (await driver.decisions("annotated")).filter(({ decision }) => decision!.kind === "released")
    expect(released.map(({ claims }) => claims!.iss)).toEqual([meter.id])
    await sayAll(gateway, 40)
    expect(await say(meter)).toMatchObject({ outcome: "verified" })
  })

  it("one device is quarantined and released alone", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    await order("quarantine", meter.id)
    expect(await say(meter)).toMatchObject({ outcome: "quarantined", trust: "quarantined" })
    expect(await say(gateway)).toMatchObject({ outcome: "verified" })
    await order("release", meter.id)
    await sayAll(meter, 40)
    expect(await say(meter)).toMatchObject({ outcome: "verified" })
  })

  it("a device whose sequence the gateway lost begins anew by resync", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    const value = randomBytes(32)
    await order("resync", meter.id, { value: hash("sha256", value, "base64url") })
    const fresh = world.delegate(gateway, METER)
    expect((await say(fresh, { prv: value.toString("base64url") })).reasons).not.toContain("identity.replayed")
    await sayAll(fresh, 40)
    expect(await say(fresh)).toMatchObject({ outcome: "verified" })
  })

  it("one device is revoked alone; a gateway's key with all its devices", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    await order("revoke", meter.id)
    expect((await say(meter)).reasons).toContain("anomaly.device_revoked")
    expect(await say(gateway)).toMatchObject({ outcome: "verified" })
    const second = await trustedGateway("second")
    await activate(second)
    const other = world.delegate(second, METER)
    await sayAll(other, 20)
    await order("revoke", second.did)
    expect(await say(other)).toMatchObject({ outcome: "quarantined", trust: "revoked" })
  })

  it("one device is erased alone, and comes back as a stranger by its delegation", async () => {
    await open()
    const { gateway, meter } = await trustedMeter()
    const { target, opening } = newErasure(meter.id, randomBytes(16).toString("hex"))
    seq += 1
    driver.now += 20
    const tokens = world.operators.slice(0, 2).map((by) => world.command(by, { verb: "erase", target, seq }))
    await driver.command(...tokens, { bytes: Buffer.from(opening, "latin1") })
    await driver.settle()
    const keys = driver.runners.flatMap(({ pipeline }) => [...pipeline.table.keys()])
    expect(keys.filter((key) => key.includes(METER))).toEqual([])
    expect(keys).toContain(gateway.did)
    expect(await say(meter)).toMatchObject({ outcome: "annotated", trust: "learning" })
    expect(await say(gateway)).toMatchObject({ outcome: "verified" })
  })
})

describe("a device with a key of its own", () => {
  it("hears that a delegation names its hardware, and the gateway is refused where both are known", async () => {
    await open(true, 1)
    const gateway = await trustedGateway()
    const own = world.device("own")
    const name = hardwareOf(own)
    await activate(gateway, { names: [name] })
    const delegate = world.delegate(gateway, name)
    expect((await say(delegate)).outcome).toBe("annotated")
    await driver.say(own.did, own.presentation())
    await driver.settle()
    const shown = driver.decided.at(-1)!
    expect([shown.device, shown.decision.reasons]).toEqual([
      own.did,
      expect.arrayContaining(["credential.also_delegated"]),
    ])
    await sayAll(own, 20)
    expect(await say(own)).toMatchObject({ outcome: "verified", trust: "trusted" })
    for (let n = 0; n < 10; n++) expect((await say(delegate)).reasons).toContain("credential.delegation_conflict")
    expect(await say(gateway)).toMatchObject({ outcome: "verified", trust: "trusted" })
  })
})

/** As its credential names it. */
const hardwareOf = ({ profile }: Device): string => {
  const [, payload] = profile.credentials[0]!.split(".")
  const text = Buffer.from(payload!, "base64url").toString("utf8")
  return /"hardwareId":"([^"]+)"/.exec(text)![1]!
}
