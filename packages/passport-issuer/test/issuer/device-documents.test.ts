/** Passports of devices whose keys stand in a document: for the key that a device speaks with, and no longer than that is its key. */
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { publishKnowledge } from "@assay/engine"
import { type Device, type Identity, identityOf } from "@assay/fleet"
import { dsseSign, signClaims, signRaw } from "@assay/jose"
import { DID_DOCUMENT_TYPE, signBundle } from "@assay/knowledge"
import { awaitHandshake, beginHandshake, checksOf, isRefused, openMessage, stepHandshake } from "@assay/passport"
import { isRevoked } from "@assay/passport/snapshot"
import { closeVerifyPool } from "@assay/testkit/driver"
import { documentKeyTarget } from "@assay/trust"
import { afterAll, expect, it, onTestFinished } from "vitest"
import { isHolder } from "../../src/index.ts"
import { answered, isPassport, opened, plant, revoke, snapshotOf } from "./plant.ts"

afterAll(closeVerifyPool)

const did = "did:web:id.plant.example:devices:one"
const HOUR_MS = 3_600_000
const resolver = identityOf("resolvers", "first", "Ed25519", "key")
const identity = (name: string): Identity => {
  const { alg, key } = identityOf("device keys", name, name === "p256" ? "ES256" : "Ed25519", "key")
  return { did, kid: `${did}#${name}`, alg, key }
}
const keyIdOf = (name: string): string => encodeDidKey(publicKeyOf(identity(name).key))

const documented = async (seed: string) => {
  const planted = await plant(seed)
  const { world, driver } = planted
  onTestFinished(() => driver.close())
  const bundle = { ...world.bundle, version: 20, resolvers: { dids: [resolver.did], web: 1 } }
  await publishKnowledge(driver.log, "bundle", signBundle(bundle, world.roots.slice(0, 2)))
  const seconds = (): number => Math.floor(driver.now / 1_000)
  return {
    ...planted,
    list: async (names: ReadonlyArray<string>, lifeMs = 72 * HOUR_MS): Promise<void> => {
      driver.now += 60_000
      const published = JSON.stringify({
        id: did,
        verificationMethod: names.map((name) => ({
          ...{ id: `${did}#${name}`, type: "Multikey", controller: did },
          publicKeyMultibase: keyIdOf(name).slice("did:key:".length),
        })),
        assertionMethod: names.map((name) => `#${name}`),
        authentication: names.map((name) => `#${name}`),
      })
      const body = { did, checked: driver.now, expires: driver.now + lifeMs, published, witness: null }
      await publishKnowledge(
        driver.log,
        "did-document",
        dsseSign(DID_DOCUMENT_TYPE, Buffer.from(JSON.stringify(body)), [resolver]),
      )
      await driver.settle()
    },
    speak: async (device: Device, count = 1): Promise<void> => {
      for (let n = 0; n < count; n++) await driver.say(did, device.message({ iat: seconds() }))
      await driver.settle()
    },
    show: async (device: Device): Promise<void> => {
      await driver.say(did, device.presentation(undefined, seconds()))
      await driver.settle()
    },
    seconds,
  }
}

it("name the key, and end with it: with the document, and by operators", async () => {
  const planted = await documented("one key of several")
  const { world, driver, slice, start, problems, list, speak, show, seconds } = planted
  await list(["one", "p256"])
  let device = world.deviceAs(identity("one"), "documented")
  await show(device)
  await speak(device, 14)
  let issuer = start()
  const first = await opened(await answered(issuer, did, isPassport), slice)
  expect(first.cnf.kid).toBe(keyIdOf("one"))
  expect(first.exp * 1_000).toBeLessThanOrEqual(driver.now + 72 * HOUR_MS)

  // A peer takes what this key has signed, and nothing else, whatever the DID's other keys sign.
  const message = device.copy().message({ iat: seconds() })
  expect(isRefused(await openMessage(message.bytes, first))).toBe(false)
  const other = device.withKey(identity("p256")).message({ iat: seconds() })
  expect(await openMessage(other.bytes, first)).toMatchObject({ reason: "message.signature_invalid" })

  // Its holder asks for it by a key of the document.
  const proof = (name: string): string =>
    signClaims({ iss: did, aud: world.trustDomain, iat: seconds() }, identity(name).key, {
      kid: `${did}#${name}`,
      typ: "m2m-passport-request+jwt",
    }).toString()
  const asks = (name: string): boolean => isHolder(proof(name), did, world.trustDomain, driver.now, issuer.listedKey)
  expect([asks("one"), asks("p256"), asks("three")]).toEqual([true, true, false])

  // It goes on with another key: the next passport is for that one, and the first counts while the document lists its key.
  device = device.withKey(identity("p256"))
  await speak(device)
  driver.now += 60_000
  const isNext = (found: ReturnType<typeof issuer.passport>) => typeof found === "object" && found.serial !== first.jti
  const second = await opened(await answered(issuer, did, isNext), slice)
  expect(second.cnf.kid).toBe(keyIdOf("p256"))
  expect(isRevoked(await snapshotOf(issuer, slice), first.jti)).toBe(false)

  await list(["p256"])
  while (!isRevoked(await snapshotOf(issuer, slice), first.jti)) await new Promise((resolve) => setTimeout(resolve, 5))
  await issuer.stop()
  issuer = start()
  await answered(issuer, did, isPassport)
  const after = await snapshotOf(issuer, slice)
  expect([first, second].map(({ jti }) => isRevoked(after, jti))).toEqual([true, false])

  await revoke(planted, "document-key", documentKeyTarget({ did, keyId: keyIdOf("p256") }))
  await answered(issuer, did, (found) => found === "key")
  expect(isRevoked(await snapshotOf(issuer, slice), second.jti)).toBe(true)
  expect(asks("p256")).toBe(false)
  await issuer.stop()
  expect(problems).toEqual([])
})

it("last no longer than the document, and none is issued where it counts no more", async () => {
  const { world, driver, slice, start, list, speak, show } = await documented("short document")
  await list(["one"], HOUR_MS)
  const ends = driver.now + HOUR_MS
  const device = world.deviceAs(identity("one"), "documented")
  await show(device)
  await speak(device, 14)
  const issuer = start()
  const passport = await opened(await answered(issuer, did, isPassport), slice)
  expect(passport.exp).toBeLessThanOrEqual(ends / 1_000)
  driver.now = ends
  await answered(issuer, did, (found) => found === "key")
  await list(["one"])
  await answered(issuer, did, isPassport)
  await issuer.stop()
})

it("let two devices meet: each shows the key of its passport", async () => {
  const { world, device: plain, slice, start, list, speak, show } = await documented("a handshake")
  await list(["one"])
  const device = world.deviceAs(identity("one"), "documented")
  await show(device)
  await speak(device, 14)
  const issuer = start()
  const own = async (one: Device, fill: number) => {
    const found = await answered(issuer, one.did, isPassport)
    if (typeof found === "string") throw new Error(found)
    const { key } = one.profile.identity
    const sign = async (input: Uint8Array) => signRaw(key, input)
    return { did: one.did, passport: found.cwt!, nonce: new Uint8Array(32).fill(fill), channel: new Uint8Array(), sign }
  }
  const meet = async (theirs: Device) => {
    const checks = checksOf(slice)
    const begun = beginHandshake(await own(plain, 1))
    const answer = await stepHandshake(awaitHandshake(await own(theirs, 2)), begun.send!, checks)
    return (await stepHandshake(begun.state, answer.send!, checks)).state
  }
  expect(await meet(device)).toMatchObject({ phase: "done", handshake: { peer: { sub: did } } })
  const thief = device.withKey(identity("two"))
  expect(await meet(thief)).toMatchObject({ phase: "failed", refused: { reason: "handshake.signature_invalid" } })
  await issuer.stop()
})
