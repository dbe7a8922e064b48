/** Firmware is revoked: the passport of a device that runs it counts no more, though the device has said nothing since. */
import { publishKnowledge } from "@assay/engine"
import { signBundle } from "@assay/knowledge"
import { isRefused, openPassport, openSnapshot, type Snapshot } from "@assay/passport"
import { isRevoked } from "@assay/passport/snapshot"
import { closeVerifyPool } from "@assay/testkit/driver"
import { afterAll, expect, it } from "vitest"
import { answered, isPassport, plant } from "./plant.ts"

afterAll(closeVerifyPool)

it("withdraws the passport without a message of the device", async () => {
  const { world, driver, device, slice, start, problems } = await plant("withdrawn firmware")
  const issuer = start()
  const found = await answered(issuer, device.did, isPassport)
  const passport = typeof found === "object" ? await openPassport(found.cwt!, slice) : null
  if (passport === null || isRefused(passport)) throw new Error("there is no passport")

  const { digest } = device.profile.firmware
  const firmware = world.bundle.firmware.map((one) =>
    one.digest === digest ? { ...one, status: "revoked" as const } : one,
  )
  const bundle = signBundle({ ...world.bundle, version: 10, firmware }, world.roots.slice(0, 2))
  await publishKnowledge(driver.log, "bundle", bundle)
  await driver.settle()
  expect(await answered(issuer, device.did, (answer) => !isPassport(answer))).toBe("state")
  const snapshot = (await openSnapshot((await issuer.snapshot(null))!, slice, null)) as Snapshot
  expect(isRevoked(snapshot, passport.jti)).toBe(true)
  expect(problems).toEqual([])
  await issuer.stop()
  await driver.close()
})
