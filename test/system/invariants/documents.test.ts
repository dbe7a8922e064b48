/**
 * Keys that stand in documents, and change: a message is judged under the document in force at its place, a device keeps its
 * identity, trust and chain through a rotation, and who holds an old key does not. No online key puts a key in force.
 */
import { jwkOf, publicKeyOf } from "@assay/did"
import type { Device } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import type { AssayedMessage } from "@assay/trust"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import {
  activate,
  bundleWithResolvers,
  Controller,
  HARD_MS,
  RESOLVERS,
  resolve,
  signedDocument,
  signedFact,
} from "./documented.ts"

afterAll(closeVerifyPool)

const world = aWorld("documents")
const open: Array<Driver> = []
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.close()
})

const begin = async (): Promise<Driver> => {
  const driver = await openDriver(world)
  open.push(driver)
  expect(await activate(driver, "bundle", bundleWithResolvers(world))).toEqual([])
  return driver
}

const seconds = (driver: Driver): number => Math.floor(driver.now / 1_000)

/** What became of a message: its decision, or why it was rejected. */
const say = async (
  driver: Driver,
  device: Device,
  signed = device.message({ iat: seconds(driver) }),
): Promise<string> => {
  const origin = await driver.say(device.did, signed)
  await driver.settle()
  const { outcome, reasons } = driver.decidedAt(origin)!.decision
  return outcome === "rejected" ? reasons.join(" ") : `${outcome} ${reasons.join(" ")}`.trim()
}

const present = (driver: Driver, device: Device): Promise<string> =>
  say(driver, device, device.presentation(undefined, seconds(driver)))

/** Shows its credential and speaks until it is trusted. */
const trusted = async (driver: Driver, controller: Controller, name: string): Promise<Device> => {
  const device = controller.device(world, name)
  expect(await resolve(driver, controller)).toEqual([])
  expect(await present(driver, device)).not.toMatch(/identity/)
  for (let n = 0; n < 15; n++) await say(driver, device)
  expect(await say(driver, device)).toBe("verified")
  return device
}

const lastVerified = async (driver: Driver): Promise<AssayedMessage> => (await driver.decisions("verified")).at(-1)!

const sameAgain = async (driver: Driver): Promise<void> => {
  const report = await driver.replay()
  expect(report.differences).toEqual([])
  expect(report.agreed).toBe(report.decisions)
}

describe("a device whose keys stand in a document", () => {
  it("takes no place before its document is in force, and then counts with the very bytes that were turned away", async () => {
    const driver = await begin()
    const controller = new Controller(["one"])
    const device = controller.device(world, "one")
    const shown = device.presentation(undefined, seconds(driver))
    expect(await say(driver, device, shown)).toBe("identity.document_missing")
    expect(Object.values(driver.stateOf(controller.did)).every((state) => state === "stranger none")).toBe(true)
    expect(await activate(driver, "did-unavailable", signedFact(controller.did, driver.now))).toEqual([])
    expect(await say(driver, device, shown)).toBe("identity.document_unavailable")
    expect(await resolve(driver, controller)).toEqual([])
    expect(await say(driver, device, shown)).not.toMatch(/identity/)
    for (let n = 0; n < 15; n++) await say(driver, device)
    expect(await say(driver, device)).toBe("verified")
    const { identity } = (await lastVerified(driver)).verdicts
    expect(identity!.knowledge).toHaveLength(2)
    expect(JSON.parse(identity!.detail!)).toEqual({ document: expect.stringMatching(/^1-Qm/) })
    await sameAgain(driver)
  })

  it("keeps identity, trust and chain through a rotation with overlap; who has the old key does not", async () => {
    const driver = await begin()
    const controller = new Controller(["one"])
    const device = await trusted(driver, controller, "one")
    controller.publish(["one", "p256"])
    expect(await resolve(driver, controller)).toEqual([])
    expect(await say(driver, device)).toBe("verified")
    const thief = device.copy()
    const rotated = device.withKey(controller.identity("p256"))
    expect(await say(driver, rotated)).toBe("verified")
    controller.publish(["p256"])
    expect(await resolve(driver, controller)).toEqual([])
    const before = driver.stateOf(controller.did)
    expect(await say(driver, thief)).toBe("identity.key_not_in_force")
    expect(await say(driver, thief, thief.presentation(undefined, seconds(driver)))).toBe("identity.key_not_in_force")
    expect(driver.stateOf(controller.did)).toEqual(before)
    expect(await say(driver, rotated)).toBe("verified")
    // A message that was signed with the old key before it went counts no more either; its device signs it again.
    await driver.restart()
    expect(await say(driver, rotated)).toBe("verified")
    expect(await say(driver, thief)).toBe("identity.key_not_in_force")
    await sameAgain(driver)
  })

  it("goes on with its other key where one is revoked, from the time that the document says", async () => {
    const driver = await begin()
    const controller = new Controller(["one", "two"])
    const device = await trusted(driver, controller, "one")
    const revoked = new Date(driver.now + 600_000).toISOString()
    controller.publish([{ name: "one", more: { revoked } }, "two"])
    expect(await resolve(driver, controller)).toEqual([])
    const thief = device.copy()
    expect(await say(driver, device)).toBe("verified")
    driver.now += 600_000
    expect(await say(driver, thief)).toBe("identity.key_revoked")
    const other = device.withKey(controller.identity("two"))
    expect(await say(driver, other)).toBe("verified")
    await sameAgain(driver)
  })

  it("says nothing any more once its DID is deactivated", async () => {
    const driver = await begin()
    const controller = new Controller(["one"])
    const device = await trusted(driver, controller, "one")
    controller.publish(["one"], { deactivated: true })
    expect(await resolve(driver, controller)).toEqual([])
    expect(await say(driver, device)).toBe("identity.did_deactivated")
    await sameAgain(driver)
  })

  it("waits where nobody has seen its document for too long, and a fact that it could not be had changes nothing about that", async () => {
    const driver = await begin()
    const controller = new Controller(["one"])
    const device = await trusted(driver, controller, "one")
    expect(await activate(driver, "did-unavailable", signedFact(controller.did, driver.now))).toEqual([])
    expect(await say(driver, device)).toBe("verified")
    driver.now += HARD_MS
    expect(await activate(driver, "did-unavailable", signedFact(controller.did, driver.now))).toEqual([])
    const waiting = device.message({ iat: seconds(driver) })
    expect(await say(driver, device, waiting)).toBe("identity.document_expired")
    expect(await resolve(driver, controller)).toEqual([])
    expect(await say(driver, device, waiting)).not.toMatch(/identity/)
    await sameAgain(driver)
  })
})

it("a device of another method counts where the bundle names the method, and is unsupported before", async () => {
  const driver = await begin()
  const did = "did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a"
  const identity = { ...new Controller(["one"]).identity("one"), did, kid: `${did}#one` }
  const device = world.deviceAs(identity, "ethr")
  expect(await present(driver, device)).toBe("identity.did_unsupported")
  const resolvers = { dids: RESOLVERS.map((one) => one.did), web: 2, universal: ["ethr"] }
  expect(await activate(driver, "bundle", bundleWithResolvers(world, { resolvers }, 4))).toEqual([])
  expect(await present(driver, device)).toBe("identity.document_missing")
  const log = JSON.stringify({
    id: did,
    verificationMethod: [{ id: "#one", type: "JsonWebKey", publicKeyJwk: jwkOf(publicKeyOf(identity.key)) }],
    authentication: ["#one"],
  })
  expect(await activate(driver, "did-document", signedDocument({ did, log }, driver.now, RESOLVERS))).toEqual([])
  expect(await present(driver, device)).not.toMatch(/identity/)
  // Listed to authenticate, and not to assert.
  expect(await say(driver, device)).toBe("identity.key_purpose")
  await sameAgain(driver)
})

describe("a stolen key of a resolver", () => {
  it("puts no key in force: not by a log of its own, nor by an older or another history", async () => {
    const driver = await begin()
    const controller = new Controller(["one"])
    const device = await trusted(driver, controller, "one")
    const old = controller.log
    const fork = controller.published(["thief"], {}, 1)
    controller.publish(["two"])
    expect(await resolve(driver, controller)).toEqual([])
    const { did } = controller
    const attempt = (log: string) => activate(driver, "did-document", signedDocument({ did, log }, driver.now))
    // Signed by an update key that was not committed to, as a thief of the present one would have to.
    expect(await attempt(controller.published(["thief"], {}, 66))).toEqual(["control.knowledge_malformed"])
    expect(await attempt(controller.log.replaceAll("two", "six"))).toEqual(["control.knowledge_malformed"])
    expect(await attempt(old)).toEqual(["control.knowledge_version"])
    // A history that begins as ours and goes on otherwise, of the same length, then longer: as whoever has the update keys could make it.
    expect(await attempt(fork)).not.toEqual([])
    const rewritten = new Controller(["one"])
    rewritten.publish(["thief"])
    rewritten.publish(["thief"])
    expect(rewritten.did).toBe(did)
    expect(await attempt(rewritten.log)).toEqual(["control.knowledge_malformed"])
    expect(await say(driver, device.copy())).toBe("identity.key_not_in_force")
    expect(await say(driver, device.withKey(controller.identity("two")))).toBe("verified")
    expect(await say(driver, device.withKey(controller.identity("thief")))).toBe("identity.key_not_in_force")
    await sameAgain(driver)
  })

  it("counts no more once the bundle drops it", async () => {
    const driver = await begin()
    const controller = new Controller(["one"])
    const device = await trusted(driver, controller, "one")
    const dropped = { resolvers: { dids: [RESOLVERS[1]!.did] } }
    expect(await activate(driver, "bundle", bundleWithResolvers(world, dropped, 4))).toEqual([])
    expect(await say(driver, device.copy())).toBe("identity.document_missing")
    expect(await activate(driver, "did-document", signedDocument(controller, driver.now))).toEqual([
      "control.knowledge_unsigned",
    ])
    const item = signedDocument(controller, driver.now, RESOLVERS.slice(1))
    expect(await activate(driver, "did-document", item)).toEqual([])
    expect(await say(driver, device)).toBe("verified")
    await sameAgain(driver)
  })

  it("is none where the bundle names no resolver, and speaks as no device", async () => {
    const driver = await openDriver(world)
    open.push(driver)
    const controller = new Controller(["one"])
    expect(await resolve(driver, controller)).toEqual(["control.knowledge_unsigned"])
    const own = { ...world.bundle, version: 3, resolvers: { dids: [world.operators[0]!.did] } }
    expect(() => signBundle(own, world.roots.slice(0, 2))).toThrow(/one role/)
  })
})
