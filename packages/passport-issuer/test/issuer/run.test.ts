/** The issuer over a real log, in which the five stages have judged a small fleet. */
import { generateKeyPairSync } from "node:crypto"
import { openSnapshot } from "@assay/passport"
import { isRevoked } from "@assay/passport/snapshot"
import { signerOfKey } from "@assay/signing"
import { closeVerifyPool } from "@assay/testkit/driver"
import { afterAll, expect, it } from "vitest"
import { DEFAULT_LIMITS } from "../../src/index.ts"
import { answered, isPassport, opened, plant, signer, snapshotOf } from "./plant.ts"

afterAll(closeVerifyPool)

it("issues to whom is trusted, and to nobody else; a loss of trust revokes, and is not forgotten", async () => {
  const { world, driver, device, stranger, slice, start, problems } = await plant("issuer")
  let issuer = start()
  const passport = await opened(await answered(issuer, device.did, isPassport), slice)
  expect(passport).toMatchObject({
    iss: signer.did,
    sub: device.did,
    aud: world.trustDomain,
    "ear.status": "none",
    m2m: { trust: "trusted", zone: "field", class: "weather", assurance: "software", acts: ["telemetry", "event"] },
  })
  expect(passport.exp - passport.iat).toBe(DEFAULT_LIMITS.passport)
  expect(issuer.passport(stranger.did)).toBe("state")
  expect(issuer.passport("did:key:zNobody")).toBe("unknown")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(false)

  const [operator] = world.operators
  await driver.command(world.command(operator!, { verb: "quarantine", target: device.did, seq: 1 }))
  await driver.settle()
  await answered(issuer, device.did, (found) => found === "state")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)

  // Another process knows no less.
  await issuer.stop()
  issuer = start()
  await answered(issuer, device.did, (found) => found === "state")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)
  await issuer.stop()
  expect(problems).toEqual([])
  await driver.close()
})

it("renews when half of the life is over, under another serial, and keeps the one before", async () => {
  const { driver, device, slice, start } = await plant("renewal")
  const issuer = start()
  const first = await opened(await answered(issuer, device.did, isPassport), slice)
  driver.now += (DEFAULT_LIMITS.passport / 2 + 60) * 1_000
  const second = await opened(
    await answered(issuer, device.did, (found) => typeof found === "object" && found.serial !== first.jti),
    slice,
  )
  expect(second.iat).toBeGreaterThan(first.iat + DEFAULT_LIMITS.passport / 2)
  expect(isRevoked(await snapshotOf(issuer, slice), first.jti)).toBe(false)
  await issuer.stop()
  await driver.close()
})

it("answers a device's nonce with a snapshot of now", async () => {
  const { driver, device, slice, start } = await plant("nonce")
  const issuer = start()
  await answered(issuer, device.did, isPassport)
  const nonce = Buffer.alloc(16, 7).toString("base64url")
  const found = await openSnapshot((await issuer.snapshot(nonce))!, slice, null)
  expect(found).toMatchObject({ nonce, iat: Math.floor(driver.now / 1_000) })
  await issuer.stop()
  await driver.close()
})

it("issues nothing where the slice names another signer", async () => {
  const other = signerOfKey(generateKeyPairSync("ed25519").privateKey)
  const { driver, device, start } = await plant("other signer", [other.did])
  const issuer = start()
  await answered(issuer, device.did, (found) => found === "policy")
  await issuer.stop()
  await driver.close()
})
