/** A revocation is of a key: no other name of it is trusted, wherever its home is, whether it came before or comes after. */
import { issueCredential } from "@assay/credentials"
import { encodeBase64url, jwkOf, publicKeyOf } from "@assay/did"
import type { Topology } from "@assay/engine"
import { Device, World } from "@assay/fleet"
import { newErasure } from "@assay/knowledge"
import { partitionOf } from "@assay/log"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"

const NOW = 1_790_000_000
const STEP_MS = 120_000
const PARTITIONS = 4
const DAY_MS = 86_400_000
let driver: Driver
let world: World
let seq = 0

beforeEach(() => {
  seq = 10_000
})
afterEach(() => driver?.close())
afterAll(closeVerifyPool)

const open = async (topology: Topology): Promise<void> => {
  world = new World({ seed: "revoked key", now: NOW, rights: ["quarantine", "release", "revoke", "erase"] })
  driver = await Driver.open({ roots: world.rootSet, now: NOW * 1000, partitions: PARTITIONS, topology })
  await driver.know(world)
  await driver.settle()
}
const homeOf = (did: string): number => partitionOf(Buffer.from(did), PARTITIONS)

/** The same key under a did:jwk of this spelling, with a fresh credential of its own for other hardware. */
const renamed = ({ profile }: Device, nth: number): Device => {
  const jwk = { ...jwkOf(publicKeyOf(profile.identity.key)), kid: `spelling ${nth}` }
  const did = `did:jwk:${encodeBase64url(Buffer.from(JSON.stringify(jwk)))}`
  const issuer = world.bundle.issuers[0]!
  const credential = issueCredential(
    {
      subject: did,
      vendor: issuer.vendors[0]!,
      class: "weather",
      assurance: "software",
      hardwareId: `other-${nth}`,
      capabilities: {
        measurements: ["Cel", "hPa", "m/s"].map((unit) => ({
          name: issuer.measurements[0]!,
          unit,
          min: -1e4,
          max: 1e4,
        })),
        actions: ["telemetry", "event"],
        audiences: [`${world.trustDomain}*`],
        ratePerMinute: 600,
      },
      validFrom: NOW * 1000 - DAY_MS,
      validUntil: NOW * 1000 + DAY_MS,
      status: [],
    },
    world.manufacturer,
  )
  return new Device({
    ...profile,
    identity: { ...profile.identity, did, kid: `${did}#0` },
    credentials: [credential],
  })
}
/** One with a home apart from the device's, and one at the same. */
const namesOf = (device: Device): ReadonlyArray<Device> => {
  const names = Array.from({ length: 64 }, (_, nth) => renamed(device, nth))
  const apart = names.find(({ did }) => homeOf(did) !== homeOf(device.did))!
  const beside = names.find(({ did }) => homeOf(did) === homeOf(device.did))!
  return [apart, beside]
}
const speak = async (device: Device, messages = 40): Promise<void> => {
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < messages; n++) await driver.say(device.did, device.message())
  await driver.settle()
}
const revoke = async (did: string): Promise<void> => {
  seq += 1
  driver.now += 20
  const by = world.operators.slice(0, 2)
  await driver.command(...by.map((one) => world.command(one, { verb: "revoke", target: did, seq })))
  await driver.settle()
}
const decidedOn = (did: string) => driver.decided.filter(({ device }) => device === did).map(({ decision }) => decision)
const lastOf = (did: string) => decidedOn(did).at(-1)
const BARRED = { outcome: "quarantined", trust: "revoked" }

describe.each(["chained", "staged"] as const)("a revoked key, %s", (topology) => {
  it(
    "does not come back under another name, also after a restart",
    async () => {
      await open(topology)
      const [device, honest] = [world.device("stolen"), world.device("honest")]
      await speak(device)
      expect(lastOf(device.did)!.outcome).toBe("verified")
      await revoke(device.did)
      const [apart, beside] = namesOf(device) as [Device, Device]
      await speak(apart)
      await driver.restart()
      await speak(beside)
      await speak(honest)
      for (const { did } of [apart, beside]) {
        expect(decidedOn(did).filter(({ outcome }) => outcome === "verified" || outcome === "annotated")).toEqual([])
        expect(lastOf(did)).toMatchObject(BARRED)
      }
      expect(lastOf(honest.did)!.outcome).toBe("verified")
      const commands = (await driver.audit()).filter(
        ({ kind, detail }) => kind === "control" && detail!.includes("revoke"),
      )
      expect(commands.map(({ count }) => count)).toEqual([1])
      expect(await driver.replay()).toMatchObject({ differing: 0 })
    },
    STEP_MS,
  )

  it(
    "takes the trust of names that were trusted before, and of one revoked by a name that nobody has seen",
    async () => {
      await open(topology)
      const device = world.device("twice")
      const [apart, beside] = namesOf(device) as [Device, Device]
      for (const one of [device, apart]) {
        await speak(one)
        expect(lastOf(one.did)!.outcome).toBe("verified")
      }
      await revoke(beside.did)
      for (const one of [device, apart]) {
        await driver.say(one.did, one.message())
        await driver.settle()
        expect(lastOf(one.did)).toMatchObject(BARRED)
        await driver.say(one.did, one.message())
        await driver.settle()
        const fallen = (await driver.audit()).filter((event) => event.device === one.did && event.to === "revoked")
        expect(fallen).toHaveLength(1)
      }
      // Nor is another name erased, and with it what was revoked, by operators.
      seq += 1
      driver.now += 20
      const { target, opening } = newErasure(apart.did, "0123456789abcdef0123456789abcdef")
      const tokens = world.operators.slice(0, 2).map((one) => world.command(one, { verb: "erase", target, seq }))
      await driver.command(...tokens, { bytes: Buffer.from(opening) })
      await driver.settle()
      const refused = (await driver.audit()).filter(({ kind, count }) => kind === "control" && count === 0)
      expect(refused.map(({ reasons }) => reasons)).toEqual([["control.roots_needed"]])
      expect(await driver.replay()).toMatchObject({ differing: 0 })
    },
    STEP_MS,
  )
})
