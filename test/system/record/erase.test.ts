/** An erasure: signed, recorded, carried out; it hides nothing else, and an erased device does not come back clean. */
import type { Topology } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { newErasure } from "@assay/knowledge"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import type { TrustState } from "@assay/trust"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"

const NOW = 1_790_000_000
const PSEUDONYM = "0123456789abcdef0123456789abcdef"
const STEP_MS = 120_000

let driver: Driver
let world: World
let seq = 0

const open = async (topology: Topology): Promise<void> => {
  world = new World({ seed: "erasure", now: NOW, rights: ["quarantine", "release", "revoke", "erase"] })
  driver = await Driver.open({ roots: world.rootSet, now: NOW * 1000, partitions: 2, topology })
  await driver.know(world)
  await driver.settle()
}
const text = ({ bytes }: { readonly bytes: Uint8Array }): string => Buffer.from(bytes).toString("latin1")
const submit = async (tokens: ReadonlyArray<string>): Promise<void> => {
  await driver.command(...tokens.map((token) => ({ bytes: Buffer.from(token, "latin1") })))
  await driver.settle()
}
type Signer = World["operators"][number]
const signed = (signers: ReadonlyArray<Signer>, target: string): ReadonlyArray<string> => {
  seq += 1
  return signers.map((signer) => text(world.command(signer, { verb: "erase", target, seq })))
}
const erase = async (did: string, signers = world.operators.slice(0, 2)): Promise<void> => {
  driver.now += 20
  const { target, opening } = newErasure(did, PSEUDONYM)
  await submit([...signed(signers, target), opening])
}
const order = async (verb: "quarantine" | "revoke", did: string): Promise<void> => {
  seq += 1
  driver.now += 20
  await driver.command(...world.operators.slice(0, 2).map((by) => world.command(by, { verb, target: did, seq })))
  await driver.settle()
}
const enrol = async (name: string): Promise<Device> => {
  const device = world.device(name)
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 5; n++) await driver.say(device.did, device.message())
  await driver.settle()
  return device
}
const controls = async () =>
  (await driver.audit()).filter(({ kind, detail }) => kind === "control" && detail?.includes("erase") === true)
const lastTrust = (): TrustState | null => driver.decided.at(-1)!.decision.trust

beforeEach(() => {
  seq = 10_000
})
afterEach(() => driver?.close())
afterAll(closeVerifyPool)

describe.each(["chained", "staged"] as const)("the erasure of a device, %s", (topology) => {
  it(
    "is recorded once with its signatures, says nothing of the device, and takes its states away",
    async () => {
      await open(topology)
      const device = await enrol("gone")
      const kept = await enrol("kept")
      await erase(device.did)
      const accepted = (await controls()).filter(({ count }) => count === 1)
      expect(accepted).toHaveLength(1)
      const [event] = accepted
      expect(event).toMatchObject({ device: null, reasons: [] })
      expect(event!.evidence).toHaveLength(2)
      const record = JSON.stringify({ ...event, evidence: event!.evidence.map((token) => decoded(token)) })
      expect(record).toContain(PSEUDONYM)
      expect(record).not.toContain(device.did)
      const keys = driver.runners.flatMap(({ pipeline }) => [...pipeline.table.keys()])
      expect(keys.filter((key) => key.includes(device.did))).toEqual([])
      expect(keys).toContain(kept.did)
      // What it sent before counts no second time; what it sends now finds a stranger.
      const decided = driver.decided.length
      await driver.say(device.did, device.message())
      await driver.settle()
      expect(driver.decided.length).toBe(decided + 1)
      expect(driver.decided.at(-1)!.decision.outcome).not.toBe("verified")
      await driver.restart()
      await driver.say(kept.did, kept.message())
      await driver.settle()
      expect(driver.decided.at(-1)!.device).toBe(kept.did)
      expect(await driver.replay()).toMatchObject({ differing: 0, erased: 0 })
    },
    STEP_MS,
  )

  it(
    "needs two operators with the right, the right opening, and for a convicted device the roots",
    async () => {
      await open(topology)
      const device = await enrol("convicted")
      await erase(device.did, world.operators.slice(0, 1))
      const { target } = newErasure(device.did, PSEUDONYM)
      await submit(signed(world.operators.slice(0, 2), target))
      const other = newErasure("did:key:zOther", PSEUDONYM)
      await submit([...signed(world.operators.slice(0, 2), target), other.opening])
      await order("revoke", device.did)
      await erase(device.did)
      const reasons = (await controls()).filter(({ count }) => count === 0).flatMap((event) => event.reasons)
      expect(reasons).toEqual(
        expect.arrayContaining(["control.threshold", "control.malformed", "control.roots_needed"]),
      )
      expect((await controls()).filter(({ count }) => count === 1)).toEqual([])
      await erase(device.did, world.roots.slice(0, 1))
      expect((await controls()).filter(({ count }) => count === 1)).toEqual([])
      await erase(device.did, world.roots.slice(0, 2))
      expect((await controls()).filter(({ count }) => count === 1)).toHaveLength(1)
    },
    STEP_MS,
  )

  it(
    "does not let a revoked device come back clean, nor its old messages, also after a restart",
    async () => {
      await open(topology)
      const device = await enrol("revoked")
      const old = device.message()
      await driver.say(device.did, old)
      await order("revoke", device.did)
      await erase(device.did, world.roots.slice(0, 2))
      await driver.restart()
      await driver.say(device.did, old)
      await driver.settle()
      expect(driver.decided.at(-1)!.decision).toMatchObject({ outcome: "rejected", reasons: ["identity.replayed"] })
      await driver.say(device.did, device.presentation())
      await driver.settle()
      await driver.say(device.did, device.message())
      await driver.settle()
      expect(driver.decided.at(-1)!.decision.outcome).toBe("quarantined")
      expect(lastTrust()).toBe("revoked")
      expect(await driver.replay()).toMatchObject({ differing: 0 })
    },
    STEP_MS,
  )
})

const decoded = (token: Uint8Array): string =>
  Buffer.from(token)
    .toString("latin1")
    .split(".")
    .slice(0, 2)
    .map((part) => Buffer.from(part, "base64url").toString("utf8"))
    .join()
