/** Passports by credentials of an issuer whose keys stand in a document: they rest on the document that is in force, however it is read. */
import { issueCredentialWith, readCredential } from "@assay/credentials"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { publishKnowledge } from "@assay/engine"
import { type Identity, identityOf } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { DID_DOCUMENT_TYPE, signBundle } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { isRevoked } from "@assay/passport/snapshot"
import { STREAMS } from "@assay/streams"
import { remoteOf } from "@assay/testkit/actors"
import { closeVerifyPool } from "@assay/testkit/driver"
import { documentKeyTarget } from "@assay/trust"
import { afterAll, expect, it, onTestFinished } from "vitest"
import { answered, isPassport, opened, plant, revoke, snapshotOf } from "./plant.ts"

afterAll(closeVerifyPool)

const did = "did:web:id.plant.example"
const resolver = identityOf("resolvers", "first", "Ed25519", "key")
const [one, two] = ["one", "two"].map((name) => identityOf("issuers", name, "Ed25519", "key")) as [Identity, Identity]

/** A device that is trusted, and an issuer of the bundle that has no document yet. */
const documented = async (seed: string) => {
  const planted = await plant(seed)
  const { world, device, driver } = planted
  onTestFinished(() => driver.close())
  const [named] = world.bundle.issuers
  const issuers = [{ ...named!, did }]
  const bundle = { ...world.bundle, version: 20, issuers, resolvers: { dids: [resolver.did], web: 1 } }
  await publishKnowledge(driver.log, "bundle", signBundle(bundle, world.roots.slice(0, 2)))
  const read = readCredential(device.profile.credentials[0]!)
  if ("detail" in read) throw new Error(read.detail)
  const { terms, validFrom, validUntil } = read.credential
  return {
    ...planted,
    /** Its document has this key and no other. */
    list: async (key: Identity): Promise<void> => {
      driver.now += 60_000
      const method = { id: `${did}#key`, type: "Multikey", controller: did, publicKeyMultibase: key.kid.split("#")[1] }
      const published = JSON.stringify({ id: did, verificationMethod: [method], assertionMethod: ["#key"] })
      const body = { did, checked: driver.now, expires: driver.now + 72 * 3_600_000, published, witness: null }
      const signed = dsseSign(DID_DOCUMENT_TYPE, Buffer.from(JSON.stringify(body)), [resolver])
      await publishKnowledge(driver.log, "signer-document", signed)
      await driver.settle()
    },
    /** Shows a credential that this key has signed. */
    show: async (key: Identity): Promise<void> => {
      const { vendor, class: kind, assurance, capabilities } = terms
      const subject = { subject: device.did, vendor, class: kind, assurance, hardwareId: null }
      const token = await issueCredentialWith(
        { ...subject, capabilities: capabilities.source, validFrom, validUntil, status: [] },
        { ...remoteOf(key), did, kid: `${did}#key` },
      )
      await driver.say(device.did, device.presentation([token]))
      await driver.settle()
    },
  }
}

/** The log, of which another is read. */
const readBy = (log: Log, read: Log["read"]): Log =>
  new Proxy(log, {
    get: (target, name) => {
      const found = name === "read" ? read : Reflect.get(target, name, target)
      return typeof found === "function" ? found.bind(target) : found
    },
  })

it("stay withdrawn after a restart where the document lists the key no more", async () => {
  const planted = await documented("key given up")
  const { device, slice, start, driver, problems, list, show } = planted
  await list(one)
  await show(one)
  let issuer = start()
  const passport = await opened(await answered(issuer, device.did, isPassport), slice)
  driver.now += 600_000
  await revoke(planted, "issuer", did)
  await answered(issuer, device.did, (found) => found === "credential")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)

  await list(two)
  await issuer.stop()
  issuer = start()
  await answered(issuer, device.did, (found) => found === "credential")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)
  await issuer.stop()
  expect(problems).toEqual([])
})

it("are withdrawn with the key that signed the credential, and not with another one of its issuer", async () => {
  const planted = await documented("one key of an issuer")
  const { device, slice, start, driver, problems, list, show } = planted
  await list(one)
  await show(one)
  let issuer = start()
  const passport = await opened(await answered(issuer, device.did, isPassport), slice)
  driver.now += 600_000
  const targetOf = ({ key }: Identity): string => documentKeyTarget({ did, keyId: encodeDidKey(publicKeyOf(key)) })
  await revoke(planted, "issuer-key", targetOf(two))
  while ((await issuer.snapshot(null)) === null) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(false)
  await revoke(planted, "issuer-key", targetOf(one))
  await answered(issuer, device.did, (found) => found === "credential")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)

  // Its document lists another key under the same name, and another process knows no less.
  await list(two)
  await issuer.stop()
  issuer = start()
  await answered(issuer, device.did, (found) => found === "credential")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)
  await issuer.stop()
  expect(problems).toEqual([])
})

it("are issued after a start whose knowledge does not come in one piece", async () => {
  const { device, slice, start, driver, problems, list, show } = await documented("many pieces")
  await list(one)
  await show(one)
  const { log } = driver
  const issuer = start(
    undefined,
    readBy(log, (at, from, records, bytes) => log.read(at, from, at.stream === STREAMS.knowledge ? 1 : records, bytes)),
  )
  const isRead = (found: ReturnType<typeof issuer.passport>) => found !== "reading" && found !== "unknown"
  await opened(await answered(issuer, device.did, isRead), slice)
  await issuer.stop()
  expect(problems).toEqual([])
})

it("are issued where the document comes into force between the looks for knowledge and for messages", async () => {
  const { device, slice, start, driver, problems, list, show } = await documented("between two looks")
  await list(one)
  await list(two)
  const { log } = driver
  const { end } = await log.bounds({ stream: STREAMS.knowledge, partition: 0 })
  await show(two)
  let isThere = false
  const issuer = start(
    undefined,
    readBy(log, async (at, from, records, bytes) => {
      const found = await log.read(at, from, records, bytes)
      if (at.stream === STREAMS.verified || at.stream === STREAMS.annotated) isThere ||= found.length > 0
      return at.stream === STREAMS.knowledge && !isThere ? found.filter(({ offset }) => offset < end - 1) : found
    }),
  )
  const isRead = (found: ReturnType<typeof issuer.passport>) => found !== "reading" && found !== "unknown"
  await opened(await answered(issuer, device.did, isRead), slice)
  await issuer.stop()
  expect(problems).toEqual([])
})
