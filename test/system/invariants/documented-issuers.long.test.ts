/**
 * Issuers and operators whose keys stand in documents: what they sign counts under the document that is in force at its place, a key
 * that they give up ends with all that it has signed, and no resolver and no web server makes an issuer or an operator.
 */

import { issueCredentialWith, readCredential, signStatusList } from "@assay/credentials"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { type Device, headerOf, type Identity, signToken } from "@assay/fleet"
import { dsseSign, type RemoteKey, signRaw } from "@assay/jose"
import { DID_DOCUMENT_TYPE, type DidDocumentBody } from "@assay/knowledge"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { controlDetailOf, type TrustBundle } from "@assay/trust"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { activate, bundleWithResolvers, Controller, HARD_MS, RESOLVERS, signedDocument } from "./documented.ts"

afterAll(closeVerifyPool)

const world = aWorld("documented issuers")
const HOUR_MS = 3_600_000
const LIST = "https://id.plant.example/status/1"
const WEB = "did:web:id.plant.example"
const open: Array<Driver> = []
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.close()
})

const issuerOf = (did: string, change: Partial<TrustBundle["issuers"][number]> = {}) => ({
  ...world.bundle.issuers[0]!,
  did,
  ...change,
})

const begin = async (change: Partial<TrustBundle>): Promise<Driver> => {
  const driver = await openDriver(world)
  open.push(driver)
  expect(await activate(driver, "bundle", bundleWithResolvers(world, change))).toEqual([])
  return driver
}

const issuing = (controller: Controller): Promise<Driver> => begin({ issuers: [issuerOf(controller.did)] })

const seconds = (driver: Driver): number => Math.floor(driver.now / 1_000)

const remote = ({ did, kid, alg, key }: Identity): RemoteKey => ({
  did,
  kid,
  alg,
  sign: async (input) => signRaw(key, input),
})

type Place = Parameters<typeof issueCredentialWith>[0]["status"]

/** A credential of the issuer for the device, on the terms of the world's own. */
const credentialBy = (issuer: Identity, device: Device, status: Place = []): Promise<string> => {
  const read = readCredential(device.profile.credentials[0]!)
  if ("detail" in read) throw new Error(read.detail)
  const { vendor, class: kind, assurance, capabilities } = read.credential.terms
  return issueCredentialWith(
    {
      subject: device.did,
      vendor,
      class: kind,
      assurance,
      hardwareId: null,
      capabilities: capabilities.source,
      validFrom: world.now * 1_000 - HOUR_MS,
      validUntil: world.now * 1_000 + 240 * HOUR_MS,
      status,
    },
    remote(issuer),
  )
}

/** Its outcome, and what credential-checker says: other stages may have no word for a device without credentials. */
const outcomeOf = async (driver: Driver, device: Device, signed: { readonly bytes: Uint8Array }): Promise<string> => {
  const origin = await driver.say(device.did, signed)
  await driver.settle()
  const { outcome, reasons } = driver.decidedAt(origin)!.decision
  return [outcome, ...reasons.filter((reason) => reason.startsWith("credential."))].join(" ")
}

const present = (driver: Driver, device: Device, token: string): Promise<string> =>
  outcomeOf(driver, device, device.presentation([token], seconds(driver)))

const say = (driver: Driver, device: Device): Promise<string> =>
  outcomeOf(driver, device, device.message({ iat: seconds(driver) }))

/** Shows its credential and speaks until it is trusted. */
const trusted = async (
  driver: Driver,
  purpose: string,
  token: (device: Device) => Promise<string>,
): Promise<Device> => {
  const device = world.device(purpose)
  await present(driver, device, await token(device))
  for (let n = 0; n < 15; n++) await say(driver, device)
  expect(await say(driver, device)).toBe("verified")
  return device
}

const resolve = (driver: Driver, controller: Controller): Promise<ReadonlyArray<string>> =>
  activate(driver, "signer-document", signedDocument(controller, driver.now))

const web = (key: Identity, at: number, signers: ReadonlyArray<Identity>, did = WEB): Uint8Array => {
  const method = { id: `${did}#one`, type: "Multikey", controller: did, publicKeyMultibase: key.kid.split("#")[1] }
  const published = JSON.stringify({ id: did, verificationMethod: [method], assertionMethod: ["#one"] })
  const body: DidDocumentBody = { did, checked: at, expires: at + HARD_MS, published, witness: null }
  return dsseSign(DID_DOCUMENT_TYPE, Buffer.from(JSON.stringify(body)), signers)
}

const sameAgain = async (driver: Driver): Promise<void> => {
  const report = await driver.replay()
  expect(report.differences).toEqual([])
  expect(report.agreed).toBe(report.decisions)
}

describe("an issuer whose keys stand in a document", () => {
  it("counts from the entry on at which its document is in force, and nobody is charged before", async () => {
    const controller = new Controller(["one", "two"])
    const driver = await issuing(controller)
    const device = world.device("waits")
    const token = await credentialBy(controller.identity("one"), device)
    expect(await present(driver, device, token)).toBe("quarantined credential.document_missing")
    expect(await resolve(driver, controller)).toEqual([])
    await trusted(driver, "comes", (one) => credentialBy(controller.identity("one"), one))
    expect(await present(driver, device, token)).not.toMatch(/credential/)
    expect(await say(driver, device)).toBe("annotated")
    await sameAgain(driver)
  })

  it("gives a key up: what it has signed ends there, also where it was accepted long ago, and what the other has signed does not", async () => {
    const controller = new Controller(["one", "two"])
    const driver = await issuing(controller)
    await resolve(driver, controller)
    const first = await trusted(driver, "first", (one) => credentialBy(controller.identity("one"), one))
    const second = await trusted(driver, "second", (one) => credentialBy(controller.identity("two"), one))
    controller.publish(["two", "three"])
    expect(await resolve(driver, controller)).toEqual([])
    expect(await say(driver, first)).toBe("quarantined credential.issuer_key_withdrawn")
    expect(await say(driver, second)).toBe("verified")
    const thief = await credentialBy(controller.identity("one"), first)
    expect(await present(driver, first, thief)).toBe("quarantined credential.issuer_key_withdrawn")
    const anew = await credentialBy(controller.identity("three"), first)
    expect(await present(driver, first, anew)).not.toMatch(/credential/)
    expect(driver.stateOf(first.did)["anomaly"]).not.toMatch(/"state":"quarantined"/)
    await driver.restart()
    expect(await say(driver, second)).toBe("verified")
    await sameAgain(driver)
  })

  it("ends with the key's own end, and waits where nobody saw the document for longer than its hard age", async () => {
    const controller = new Controller([
      { name: "one", more: { expires: new Date((world.now + 7_200) * 1_000).toISOString() } },
    ])
    const driver = await issuing(controller)
    await resolve(driver, controller)
    const device = await trusted(driver, "ends", (one) => credentialBy(controller.identity("one"), one))
    driver.now = (world.now + 7_200) * 1_000
    expect(await say(driver, device)).toBe("quarantined credential.issuer_key_withdrawn")
    const other = new Controller(["two"])
    const waiting = await issuing(other)
    await resolve(waiting, other)
    const late = await trusted(waiting, "late", (one) => credentialBy(other.identity("two"), one))
    waiting.now += HARD_MS + 120_000
    expect(await say(waiting, late)).toMatch("credential.document_expired")
    await resolve(waiting, other)
    expect(await say(waiting, late)).not.toMatch("credential")
  })

  it("signs status lists, which go where it gives up the key that signed them", async () => {
    const controller = new Controller(["one", "two"])
    const status = { lists: ["https://id.plant.example/status/*"], maxAgeMs: 24 * HOUR_MS }
    const driver = await begin({ issuers: [issuerOf(controller.did, { status })] })
    const place: Place = [{ list: LIST, purpose: "revocation", index: 7 }]
    const listBy = (name: string, set: ReadonlyArray<readonly [number, number]>): Promise<Uint8Array> =>
      signStatusList(
        {
          format: "vc+jwt",
          id: LIST,
          purpose: "revocation",
          issued: driver.now,
          expires: driver.now + 12 * HOUR_MS,
          ttlMs: 60_000,
          entries: 131_072,
          size: 1,
          values: set,
        },
        remote(controller.identity(name)),
      )
    expect(await activate(driver, "status-list", await listBy("one", []))).toEqual(["control.knowledge_unsigned"])
    await resolve(driver, controller)
    expect(await activate(driver, "status-list", await listBy("one", []))).toEqual([])
    const device = await trusted(driver, "listed", (one) => credentialBy(controller.identity("two"), one, place))
    expect(await activate(driver, "status-list", await listBy("one", [[7, 1]]))).toEqual([])
    expect(await say(driver, device)).toBe("quarantined credential.revoked")
    controller.publish(["two"])
    await resolve(driver, controller)
    // A thief of that key could have lifted the revocation by a list of its own: without a list nothing passes.
    expect(await say(driver, device)).toBe("quarantined credential.status_unavailable")
    await driver.restart()
    expect(await say(driver, device)).toBe("quarantined credential.status_unavailable")
    await sameAgain(driver)
  })

  it("by did:web counts where as many resolvers vouch as the bundle asks for, and while the bundle names them", async () => {
    const key = world.manufacturer
    const dids = RESOLVERS.map(({ did }) => did)
    const named = { issuers: [issuerOf(WEB)], resolvers: { dids, web: 2 } }
    const driver = await begin(named)
    const identity: Identity = { ...key, did: WEB, kid: `${WEB}#one` }
    expect(await activate(driver, "signer-document", web(key, driver.now, RESOLVERS.slice(0, 1)))).toEqual([
      "control.knowledge_unsigned",
    ])
    expect(await activate(driver, "signer-document", web(key, driver.now, RESOLVERS))).toEqual([])
    const device = await trusted(driver, "web", (one) => credentialBy(identity, one))
    const fewer = bundleWithResolvers(
      world,
      { ...named, resolvers: { dids: [dids[1]!, world.rogueIssuer.did], web: 2 } },
      4,
    )
    expect(await activate(driver, "bundle", fewer)).toEqual([])
    expect(await say(driver, device)).toBe("quarantined credential.document_missing")
    await sameAgain(driver)
  })

  it.each<[string, (driver: Driver) => Uint8Array]>([
    ["is not named by the bundle", (driver) => signedDocument(new Controller(["one"]), driver.now)],
    ["has the key of a resolver", (driver) => web(RESOLVERS[0]!, driver.now, RESOLVERS)],
    ["has the key of an operator", (driver) => web(world.operators[0]!, driver.now, RESOLVERS)],
  ])("has no document that %s", async (_, item) => {
    const dids = RESOLVERS.map(({ did }) => did)
    const driver = await begin({ issuers: [issuerOf(WEB)], resolvers: { dids, web: 2 } })
    expect(await activate(driver, "signer-document", item(driver))).toHaveLength(1)
  })
})

describe("the key of an issuer's document", () => {
  it("is no device's: it would vouch for itself", async () => {
    const controller = new Controller(["one"])
    const driver = await issuing(controller)
    await resolve(driver, controller)
    const { key, alg } = controller.identity("one")
    const did = encodeDidKey(publicKeyOf(key))
    const device = world.deviceAs(
      { did, kid: `${did}#${did.slice("did:key:".length)}`, alg, key },
      "vouches for itself",
    )
    const token = await credentialBy(controller.identity("one"), device)
    const origin = await driver.say(device.did, device.presentation([token], seconds(driver)))
    await driver.settle()
    expect(driver.decidedAt(origin)!.decision.reasons).toContain("identity.role_refused")
  })
})

describe("an operator whose keys stand in a document", () => {
  const order = async (
    driver: Driver,
    operators: ReadonlyArray<Identity>,
    verb: "quarantine" | "release",
    target: string,
  ) => {
    const iat = seconds(driver)
    const { trustDomain: aud } = world.bundle
    const text = { aud, log: world.log, iat, exp: iat + 3_600, seq: driver.now, target, verb, reason: "test" }
    const tokens = operators.map((one) => signToken(one, headerOf(one, "m2m-control+jwt"), { iss: one.did, ...text }))
    const [origin] = await driver.command(...tokens)
    await driver.settle()
    const event = (await driver.audit()).find(
      ({ origin: at, detail }) => at.partition === origin!.partition && at.offset === origin!.offset && detail !== null,
    )
    return event === undefined ? "no event" : event.reasons
  }

  it("orders by a key that the document lists, and by no other", async () => {
    const controller = new Controller(["one", "two"])
    const operators = [{ did: controller.did, rights: ["quarantine", "release"] as const }, ...world.bundle.operators]
    const driver = await begin({ operators })
    const device = world.device("ordered")
    await present(driver, device, device.profile.credentials[0]!)
    const one = controller.identity("one")
    expect(await order(driver, [one], "quarantine", device.did)).toEqual(["control.operator_document"])
    expect(await resolve(driver, controller)).toEqual([])
    expect(await order(driver, [one], "quarantine", device.did)).toEqual([])
    controller.publish(["two"])
    await resolve(driver, controller)
    expect(await order(driver, [one], "quarantine", device.did)).toEqual(["control.signature_invalid"])
    const two = controller.identity("two")
    driver.now += HARD_MS
    expect(await order(driver, [two], "quarantine", device.did)).toEqual([])
    expect(await order(driver, [two], "release", device.did)).toEqual(["control.operator_document"])
    await sameAgain(driver)
  })

  it("is a did:webvh whose update keys alone do not suffice, and no did:web", async () => {
    const controller = new Controller(["one"])
    controller.publish(["one"], { nextKeyHashes: [] })
    const driver = await begin({
      operators: [{ did: controller.did, rights: ["quarantine"] }, ...world.bundle.operators],
    })
    expect(await resolve(driver, controller)).toEqual(["control.knowledge_unsigned"])
    expect(() => bundleWithResolvers(world, { operators: [{ did: WEB, rights: ["quarantine"] }] })).toThrow(
      "an operator is a did:key, a did:jwk, or a did:webvh",
    )
    expect(controlDetailOf((await driver.audit()).at(-1)!)).toMatchObject({
      kind: "activation",
      item: "signer-document",
    })
  })
})
