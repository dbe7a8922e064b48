/**
 * Invariant 10: no honest device is locked out for good. From every state in which its messages do not count there is an
 * audited way back to `trusted`, and whoever holds only a copy of the key cannot use it.
 */
import { hash, randomBytes } from "node:crypto"
import { Device, World } from "@assay/fleet"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { type Decision, VERBS, type Verb } from "@assay/trust"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"

const NOW = 1_790_000_000
const SECOND = 1_000
const MINUTE = 60 * SECOND

let driver: Driver
let world: World
let seq = 0

beforeEach(async () => {
  seq = 10_000
  world = new World({ seed: "way back", now: NOW, rights: VERBS })
  driver = await Driver.open({ roots: world.rootSet, now: NOW * SECOND, partitions: 1 })
  await driver.know(world)
  await driver.settle()
})
afterEach(() => driver?.close())
afterAll(closeVerifyPool)

const order = async (verb: Verb, target: string, more: { readonly value?: string } = {}): Promise<void> => {
  seq += 1
  driver.now += 20
  await driver.command(...world.operators.slice(0, 2).map((by) => world.command(by, { verb, target, seq, ...more })))
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

const known = async (): Promise<Device> => {
  const device = world.device("device")
  await driver.say(device.did, device.presentation())
  await driver.settle()
  expect(await sayAll(device, 20)).toMatchObject({ outcome: "verified", trust: "trusted" })
  return device
}

/** A device with the key, and nothing of what it knew: as after a reflash, or with a thief who has the key alone. */
const withKeyAlone = (device: Device): Device => new Device(device.profile)

/** Operators set the device on its place; the value goes to it alone. */
const resync = async (device: Device): Promise<string> => {
  const value = randomBytes(32)
  await order("resync", device.did, { value: hash("sha256", value, "base64url") })
  return value.toString("base64url")
}

/** More than probation asks for. */
const ENOUGH = 40

/** Whoever has only the key tries every way that is open to the device, and never counts. */
const expectThiefFails = async (device: Device, value: string): Promise<void> => {
  const thief = withKeyAlone(device)
  const guess = Buffer.from(value, "base64url")
  guess[31]! ^= 1
  const tries: ReadonlyArray<Parameters<Device["message"]>[0]> = [
    { prv: guess.toString("base64url") },
    { epo: 50, prv: hash("sha256", Buffer.from(value, "base64url"), "base64url") },
    { epo: 51 },
    { epo: 51 },
  ]
  for (const one of tries) expect((await say(thief, one)).outcome).not.toBe("verified")
}

interface LockOut {
  readonly name: string
  /** Brings the device there; returns it as it is from then on. */
  readonly lock: (device: Device) => Promise<Device>
  readonly back: (device: Device) => Promise<void>
}

const byResync = async (device: Device): Promise<void> => {
  const value = await resync(device)
  await expectThiefFails(device, value)
  device.reboot()
  const first = await say(device, { prv: value })
  expect(first.outcome).not.toBe("rejected")
  await sayAll(device, ENOUGH)
}

const byTime = async (device: Device): Promise<void> => {
  for (let n = 0; n < 3; n++) {
    await sayAll(device, 3)
    driver.now += 2 * MINUTE
  }
  await sayAll(device, 10)
}

const LOCK_OUTS: ReadonlyArray<LockOut> = [
  {
    name: "65 boots that nobody saw",
    lock: async (device) => {
      device.message()
      for (let n = 0; n < 65; n++) device.reboot()
      return device
    },
    back: byTime,
  },
  {
    name: "a clock that shows milliseconds",
    lock: async (device) => {
      expect(await say(device, { iat: driver.now })).toMatchObject({
        outcome: "quarantined",
        reasons: ["identity.future"],
      })
      await sayAll(device, 1)
      device.message()
      return device
    },
    back: byTime,
  },
  {
    name: "a reflash with the key in hardware: epoch 0 again",
    lock: async (device) => {
      for (let n = 0; n < 3; n++) {
        device.reboot()
        await say(device)
      }
      return withKeyAlone(device)
    },
    back: byResync,
  },
  {
    name: "a counter that was lost in a power cut, and signed twice",
    lock: async (device) => {
      const before = device.copy()
      await say(device)
      expect((await say(before)).reasons).toContain("identity.equivocation")
      return device
    },
    back: byResync,
  },
  {
    name: "a state that was restored from an image, and booted",
    lock: async (device) => {
      const image = device.copy()
      await sayAll(device, 3)
      image.reboot()
      expect((await say(image)).reasons).toContain("identity.clone_evidence")
      return image
    },
    back: byResync,
  },
  {
    name: "a quarantine by operators",
    lock: async (device) => {
      await order("quarantine", device.did)
      return device
    },
    back: async (device) => {
      await order("release", device.did)
      await sayAll(device, ENOUGH)
    },
  },
  {
    name: "an older firmware that its maker's service put back",
    lock: async (device) => {
      for (let n = 0; n < 4; n++) await say(device, { fw: world.olderFirmware })
      return device
    },
    back: async (device) => {
      const value = await resync(device)
      device.reboot()
      await say(device, { prv: value, fw: world.olderFirmware })
      for (let n = 0; n < ENOUGH; n++) await say(device, { fw: world.olderFirmware })
    },
  },
]

describe("invariant 10: for every state there is a way back to trusted", () => {
  it.each(LOCK_OUTS)("from $name", { timeout: 120_000 }, async ({ lock, back }) => {
    const device = await lock(await known())
    const outcome = (await say(device)).outcome
    expect(outcome).not.toBe("verified")
    await back(device)
    const fw = device.profile.firmware
    expect(await say(device, outcome === "quarantined" ? {} : { fw })).toMatchObject({ trust: "trusted" })
  })

  it("the first message of a resync is recorded with the link to it, and old messages stay old", {
    timeout: 120_000,
  }, async () => {
    const device = await known()
    device.reboot()
    driver.now += SECOND
    const old = device.message({ iat: Math.floor(driver.now / SECOND) })
    await driver.say(device.did, old)
    await driver.settle()
    const reflashed = withKeyAlone(device)
    const value = await resync(device)
    await say(reflashed, { prv: value })
    await driver.say(device.did, old)
    await driver.settle()
    expect((await driver.rejected()).at(-1)?.reasons).toEqual(["identity.replayed"])
    const events = await driver.audit()
    expect(events.find(({ detail }) => detail?.includes("chain begun anew by resync"))?.detail).toContain(device.did)
    expect(events.find(({ kind, detail }) => kind === "control" && detail?.includes("resync"))).toMatchObject({
      reasons: [],
    })
    // The value is used up.
    expect((await say(withKeyAlone(device), { prv: value, epo: 9 })).outcome).not.toBe("verified")
  })

  it("nobody gains by a resync whose value never comes: who has only the key stays quarantined", {
    timeout: 60_000,
  }, async () => {
    const device = await known()
    const thief = device.copy()
    await say(device)
    expect((await say(thief)).reasons).toContain("identity.equivocation")
    await resync(device)
    // Ordered again, the value before counts no more.
    await resync(device)
    await sayAll(thief, 5)
    driver.now += 8 * 24 * 60 * MINUTE
    expect(await sayAll(thief, ENOUGH)).toMatchObject({ outcome: "quarantined", trust: "quarantined" })
  })

  it("one operator cannot order it", { timeout: 60_000 }, async () => {
    const device = await known()
    seq += 1
    const value = hash("sha256", randomBytes(32), "base64url")
    await driver.command(world.command(world.operators[0]!, { verb: "resync", target: device.did, seq, value }))
    await driver.settle()
    expect((await driver.audit()).findLast(({ kind }) => kind === "control")?.reasons).toEqual(["control.threshold"])
  })
})
