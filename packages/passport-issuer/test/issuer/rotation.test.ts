/** Another key of the issuer: slices name both for a while, and no device is ever without a passport that its peers believe. */
import { generateKeyPairSync } from "node:crypto"
import { isRefused, openPassport } from "@assay/passport"
import { isRevoked } from "@assay/passport/snapshot"
import { signerOfKey } from "@assay/signing"
import { closeVerifyPool } from "@assay/testkit/driver"
import { afterAll, expect, it } from "vitest"
import { answered, isPassport, opened, plant, signer, snapshotOf } from "./plant.ts"

afterAll(closeVerifyPool)

const next = signerOfKey(generateKeyPairSync("ed25519").privateKey)

it("the old key's passports count while the slice names it, and are replaced when it does not", async () => {
  const { driver, device, publish, start, problems } = await plant("rotation")
  let issuer = start()
  const first = await answered(issuer, device.did, isPassport)
  await issuer.stop()

  // 1. The roots name both. The issuer of the new key gives out what runs, and revokes it too.
  const both = await publish(2, [signer.did, next.did])
  await driver.settle()
  issuer = start(next)
  const still = await opened(await answered(issuer, device.did, isPassport), both)
  expect(still.iss).toBe(signer.did)
  expect(isRevoked(await snapshotOf(issuer, both), still.jti)).toBe(false)

  // 2. The roots name the new one alone: there is another passport at once, and the old one counts for nobody.
  const after = await publish(3, [next.did])
  await driver.settle()
  const renewed = await opened(
    await answered(issuer, device.did, (found) => typeof found === "object" && found.serial !== still.jti),
    after,
  )
  expect(renewed.iss).toBe(next.did)
  if (typeof first === "string") throw new Error(first)
  const refused = await openPassport(Buffer.from(first.jwt), after)
  expect(isRefused(refused) && refused.reason).toBe("passport.signer_unknown")
  await issuer.stop()
  expect(problems).toEqual([])
  await driver.close()
})
