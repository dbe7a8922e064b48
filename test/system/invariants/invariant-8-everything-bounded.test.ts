/** Invariant 8: every depth, buffer, pool and inflate has a bound; strangers cannot exhaust it, nor can a device of our own. */
import { gzipSync } from "node:zlib"
import { publishKnowledge } from "@assay/engine"
import { type Device, headerOf, type SenmlRecord, signText, type World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { changelogOf } from "@assay/streams"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import type { AnyStage, ReasonCode } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"
import { commander } from "./operators.ts"

afterAll(closeVerifyPool)

const POOL = 16
const CROWD = 150
/** All five stages of one device that does its worst: of these, 3,200 are what positions may take and 1,560 eight measurements. */
const DEVICE_BYTES = 5_500
const CAP = 256 << 10

const smallPools = (stages: ReadonlyArray<AnyStage>): ReadonlyArray<AnyStage> =>
  stages.map((stage) => ({ ...stage, strangers: { ...stage.strangers, maximum: POOL } }))

const enrolled = async (driver: Driver, world: World, name: string): Promise<Device> => {
  const device = world.device(name)
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 12; n++) await driver.say(device.did, device.message())
  await driver.settle()
  return device
}

const stillVerified = async (driver: Driver, device: Device): Promise<void> => {
  const origin = await driver.say(device.did, device.message())
  await driver.settle()
  expect(driver.decidedAt(origin)!.decision.outcome).toBe("verified")
}

/** Reasons of one message, decided right away. */
const reasonsOf = async (driver: Driver, device: Device, bytes: Uint8Array): Promise<ReadonlyArray<ReasonCode>> => {
  const origin = await driver.say(device.did, bytes)
  await driver.settle()
  return driver.decidedAt(origin)!.decision.reasons
}

const bytesOf = (driver: Driver, device: Device): number =>
  Object.values(driver.stateOf(device.did)).reduce(
    (sum, text) => sum + (text.endsWith("none") ? 0 : text.split(" ")[1]!.length / 2),
    0,
  )

describe("invariant 8: everything is bounded", () => {
  for (const topology of ["chained", "staged"] as const) {
    it(`a crowd of strangers, each rightly signed, stays in its pools (${topology})`, async () => {
      const world = aWorld("invariant 8")
      const driver = await openDriver(world, { topology, adapt: smallPools, batchRecords: () => 8 })
      const device = await enrolled(driver, world, "honest")
      for (let n = 0; n < CROWD; n++) {
        const stranger = world.device(`stranger ${n}`, { ordinal: n, credential: { kind: "none" } })
        // Some say a word, some show a credential that is not theirs: neither gets them out of the pool.
        const said = n % 3 === 0 ? stranger.presentation(device.profile.credentials) : stranger.message()
        await driver.say(stranger.did, said)
      }
      await driver.settle()
      const check = (): void => {
        for (const { pipeline } of driver.runners) {
          pipeline.stages.forEach((stage, slot) => {
            expect([stage.name, pipeline.table.strangersOf(slot) <= POOL]).toEqual([stage.name, true])
          })
          // The admitted device, each stage's own keys, and at most a pool for each stage.
          expect(pipeline.table.size).toBeLessThanOrEqual(4 + POOL * pipeline.stages.length)
        }
        const identity = driver.runners.find(({ pipeline }) => pipeline.stages[0]!.name === "identity")!
        expect(identity.pipeline.table.strangersOf(0)).toBe(POOL)
      }
      check()
      // What is kept of it on disk is bounded too: about three tables and the batches of one round.
      for (const { group, pipeline } of driver.runners) {
        const { start, end } = await driver.log.bounds({ stream: changelogOf(group), partition: 0 })
        expect([group, end - start <= 6 * (pipeline.table.size + 8)]).toEqual([group, true])
      }
      await driver.restart()
      check()
      await stillVerified(driver, device)
      // And the audit log tells of each stranger its one decision, and nothing else.
      const about = (await driver.audit()).filter((event) => event.device !== null && event.device !== device.did)
      expect(new Set(about.map(({ kind }) => kind))).toEqual(new Set(["decision"]))
      expect(about).toHaveLength(CROWD)
      await driver.close()
    })
  }

  it("a device that tries to grow its own state stays below its bound", async () => {
    const world = aWorld("invariant 8 bloat")
    const driver = await openDriver(world)
    const device = await enrolled(driver, world, "bloated")
    const order = commander(driver, world)
    const { prefix } = device.profile
    for (let n = 0; n < 40; n++) {
      const senml: ReadonlyArray<SenmlRecord> = Array.from({ length: 50 }, (_, m) => ({
        n: `${prefix}name-${n}-${m}`,
        u: "Cel",
        v: 1,
      }))
      await driver.say(device.did, device.message({ senml }))
      await driver.say(device.did, device.message({ aud: world.cells[n % world.cells.length]! }))
      await driver.say(device.did, device.presentation([...Array(20)].map(() => device.profile.credentials[0]!)))
      // Leaves a hole in the sequence each time, and counts on behind it.
      device.message()
    }
    await order("quarantine", device.did, 1)
    for (let n = 0; n < 80; n++) await driver.say(device.did, device.message())
    await driver.settle()
    expect(bytesOf(driver, device)).toBeGreaterThan(500)
    expect(bytesOf(driver, device)).toBeLessThanOrEqual(DEVICE_BYTES)
    // Reserved keys of the stages did not grow with it either.
    for (const { pipeline } of driver.runners) expect(pipeline.table.size).toBeLessThanOrEqual(4)
    await driver.close()
  })

  it("a message over the cap, too deep, or too wide is refused with its reason", async () => {
    const world = aWorld("invariant 8 sizes")
    const driver = await openDriver(world)
    const device = await enrolled(driver, world, "sized")
    const header = headerOf(device.profile.identity, "m2m-message+jwt")
    const event = (body: string): Uint8Array =>
      signText(
        device.profile.identity,
        header,
        JSON.stringify(device.copy().payload({ act: "event", body: {} })).replace('"body":{}', `"body":{${body}}`),
      ).bytes
    const nested = (depth: number): Uint8Array => event(`"x":${"[".repeat(depth)}${"]".repeat(depth)}`)
    expect(await reasonsOf(driver, device, Buffer.alloc(CAP + 1, "A"))).toEqual(["identity.too_large"])
    expect(await reasonsOf(driver, device, Buffer.alloc(8 << 20, "A"))).toEqual(["identity.too_large"])
    expect(await reasonsOf(driver, device, event(`"x":"${"a".repeat(CAP)}"`))).toEqual(["identity.too_large"])
    for (const depth of [33, 1_000, 60_000])
      expect(await reasonsOf(driver, device, nested(depth))).toEqual(["identity.malformed_claims"])
    const kept = await driver.rejected()
    for (const { value } of kept) expect(value.length).toBeLessThanOrEqual(CAP)
    expect(kept.filter(({ hash }) => hash !== null)).toHaveLength(3)
    // Not so deep is well.
    const shallow = await driver.say(device.did, nested(20))
    await driver.settle()
    expect(driver.decidedAt(shallow)!.decision.outcome).toBe("verified")
    device.message({ act: "event" })
    // The largest pack that fits is only a message.
    const senml = Array.from({ length: 1_500 }, (_, n) => ({ n: `${device.profile.prefix}${n}`, u: "Cel", v: 1 }))
    const origin = await driver.say(device.did, device.message({ senml }))
    await driver.settle()
    expect(driver.decidedAt(origin)).toBeDefined()
    await stillVerifiedOrWarned(driver, device)
    await driver.close()
  })

  it("a status list that inflates without end is not inflated, and verifies nothing", async () => {
    const world = aWorld("invariant 8 inflate")
    const driver = await openDriver(world)
    const device = await enrolled(driver, world, "inflated")
    const bomb = `u${gzipSync(Buffer.alloc(256 << 20)).toString("base64url")}`
    // The libraries would not sign such a bundle; roots with other libraries might.
    const { payloadType, payload } = JSON.parse(Buffer.from(world.signedBundle).toString("utf8")) as Record<
      string,
      string
    >
    const bundle = JSON.parse(Buffer.from(payload!, "base64").toString("utf8")) as {
      version: number
      statusLists: Array<object>
    }
    const evil = {
      ...bundle,
      version: 9,
      statusLists: bundle.statusLists.map((list) => ({ ...list, encodedList: bomb })),
    }
    const signed = dsseSign(payloadType!, Buffer.from(JSON.stringify(evil)), world.roots.slice(-2))
    const before = process.memoryUsage().rss
    await publishKnowledge(driver.log, "bundle", signed)
    const origin = await driver.say(device.did, device.message())
    await driver.settle()
    expect(process.memoryUsage().rss - before).toBeLessThan(128 << 20)
    const [activation] = (await driver.audit()).filter(({ kind }) => kind === "control").slice(-1)
    const { decision } = driver.decidedAt(origin)!
    // Either the bundle is refused and the one before stays in force, or its list counts as missing.
    if (activation!.count === 1) expect(decision.outcome).not.toBe("verified")
    else expect(activation!.reasons).toEqual(["control.knowledge_malformed"])
    await driver.close()
  })
})

const stillVerifiedOrWarned = async (driver: Driver, device: Device): Promise<void> => {
  const origin = await driver.say(device.did, device.message())
  await driver.settle()
  expect(["verified", "annotated"]).toContain(driver.decidedAt(origin)!.decision.outcome)
}
