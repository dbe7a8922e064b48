/** A passport that rests on a key, a credential or an issuer that operators revoked (`assay revoke`) counts no more, before any list is handed in. */

import { readCredential } from "@assay/credentials"
import { publishKnowledge } from "@assay/engine"
import { signBundle } from "@assay/knowledge"
import { isRevoked } from "@assay/passport/snapshot"
import { closeVerifyPool } from "@assay/testkit/driver"
import { credentialTarget } from "@assay/trust"
import { afterAll, expect, it } from "vitest"
import { answered, isPassport, opened, plant, revoke, snapshotOf } from "./plant.ts"

afterAll(closeVerifyPool)

it("is withdrawn with its issuer, and none is issued; one operator alone withdraws none", async () => {
  const planted = await plant("issuer revoked")
  const { world, device, slice, start, driver, problems } = planted
  let issuer = start()
  const passport = await opened(await answered(issuer, device.did, isPassport), slice)
  await revoke(planted, "issuer", world.manufacturer.did, 1)
  // It reads whatever is new, and has a snapshot when that is done.
  while ((await issuer.snapshot(null)) === null) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(false)
  await revoke(planted, "issuer", world.manufacturer.did)
  await answered(issuer, device.did, (found) => found === "credential")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)

  // Another process knows no less.
  await issuer.stop()
  issuer = start()
  await answered(issuer, device.did, (found) => found === "credential")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)
  await issuer.stop()
  expect(problems).toEqual([])
  await driver.close()
})

it("is withdrawn with its credential, and another one follows by what its device has besides", async () => {
  const planted = await plant("credential revoked")
  const { world, device, slice, start, driver } = planted
  const [issuerOfAll] = world.bundle.issuers
  const issuers = [issuerOfAll!, { ...issuerOfAll!, did: world.rogueIssuer.did }]
  await publishKnowledge(
    driver.log,
    "bundle",
    signBundle({ ...world.bundle, version: 20, issuers }, world.roots.slice(0, 2)),
  )
  const second = world.device("credential revoked 0", { ordinal: 0, credential: { kind: "untrusted" } })
  const [first] = device.profile.credentials
  await driver.say(device.did, device.presentation([first!, ...second.profile.credentials]))
  await driver.settle()
  let issuer = start()
  const passport = await opened(await answered(issuer, device.did, isPassport), slice)
  const { hash } = (readCredential(first!) as { readonly credential: { readonly hash: string } }).credential
  driver.now += 600_000
  await revoke(planted, "credential", credentialTarget(hash))
  const isNext = (found: ReturnType<typeof issuer.passport>) =>
    typeof found === "object" && found.serial !== passport.jti
  const next = await opened(await answered(issuer, device.did, isNext), slice)
  const before = await snapshotOf(issuer, slice)
  expect([passport, next].map(({ jti }) => isRevoked(before, jti))).toEqual([true, false])

  // Its second credential is revoked too, and another process comes to the same.
  driver.now += 600_000
  await revoke(planted, "issuer", world.rogueIssuer.did)
  await answered(issuer, device.did, (found) => found === "credential")
  await issuer.stop()
  issuer = start()
  await answered(issuer, device.did, (found) => found === "credential")
  const after = await snapshotOf(issuer, slice)
  expect([passport, next].map(({ jti }) => isRevoked(after, jti))).toEqual([true, true])
  await issuer.stop()
  await driver.close()
})

it("is withdrawn with its device's key, for good, whatever the device shows and says after that", async () => {
  const planted = await plant("key revoked")
  const { device, slice, start, driver, problems } = planted
  let issuer = start()
  const passport = await opened(await answered(issuer, device.did, isPassport), slice)
  await revoke(planted, "key", device.did, 1)
  while ((await issuer.snapshot(null)) === null) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(false)
  await revoke(planted, "key", device.did)
  await answered(issuer, device.did, (found) => found === "state")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)

  const { hash } = (
    readCredential(device.profile.credentials[0]!) as { readonly credential: { readonly hash: string } }
  ).credential
  await revoke(planted, "credential", credentialTarget(hash))
  await driver.say(device.did, device.presentation())
  for (let n = 0; n < 12; n++) await driver.say(device.did, device.message())
  await driver.settle()
  await issuer.stop()
  issuer = start()
  const isRead = (found: ReturnType<typeof issuer.passport>) => typeof found === "string" && found !== "reading"
  expect(await answered(issuer, device.did, isRead)).toBe("state")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)
  await issuer.stop()
  expect(problems).toEqual([])
  await driver.close()
})

it("stays withdrawn after a restart where its device shows another credential since, and where its issuer is out of the bundle", async () => {
  const planted = await plant("credential replaced")
  const { world, device, slice, start, driver } = planted
  const [issuerOfAll] = world.bundle.issuers
  const other = { ...issuerOfAll!, did: world.rogueIssuer.did }
  const publish = (version: number, issuers: ReadonlyArray<typeof other>) =>
    publishKnowledge(driver.log, "bundle", signBundle({ ...world.bundle, version, issuers }, world.roots.slice(0, 2)))
  await publish(20, [issuerOfAll!, other])
  const second = world.device("credential replaced 0", { ordinal: 0, credential: { kind: "untrusted" } })
  const [first] = device.profile.credentials
  await driver.say(device.did, device.presentation([first!, ...second.profile.credentials]))
  await driver.settle()
  let issuer = start()
  const passport = await opened(await answered(issuer, device.did, isPassport), slice)
  const isNext = (found: ReturnType<typeof issuer.passport>) =>
    typeof found === "object" && found.serial !== passport.jti
  driver.now += 600_000
  await revoke(planted, "issuer", issuerOfAll!.did)
  await answered(issuer, device.did, isNext)
  const restartAndLook = async () => {
    await issuer.stop()
    issuer = start()
    const next = await opened(await answered(issuer, device.did, isNext), slice)
    const snapshot = await snapshotOf(issuer, slice)
    return [passport, next].map(({ jti }) => isRevoked(snapshot, jti))
  }
  await publish(21, [other])
  await driver.settle()
  expect(await restartAndLook()).toEqual([true, false])
  await driver.say(device.did, device.presentation(second.profile.credentials))
  await driver.settle()
  expect(await restartAndLook()).toEqual([true, false])
  await issuer.stop()
  await driver.close()
})
