/** From the claim of a device to its first passport, and to the end of it: what its life says, the issuer follows. */

import { publishKnowledge } from "@assay/engine"
import { claimBy, enrolmentOf, lifeBy, policyText, voucherFor, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { isRefused, openPassport, openSlice, openSnapshot, type Slice, type Snapshot } from "@assay/passport"
import { SLICE_TYPE } from "@assay/passport/issue"
import { isRevoked } from "@assay/passport/snapshot"
import { parsePolicy } from "@assay/segmentation"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { VERBS } from "@assay/trust"
import { afterAll, expect, it } from "vitest"
import { cutSlice, DEFAULT_LIMITS, startIssuer } from "../../src/index.ts"
import { answered, isPassport, signer } from "./plant.ts"

afterAll(closeVerifyPool)

const HOUR_MS = 3_600_000

it("a device that is claimed has a passport once it is enrolled and trusted, and none after it was handed over", async () => {
  const world = new World({ seed: "passport of a life", now: START, rights: VERBS })
  const driver = await openDriver(world)
  const cut = cutSlice(parsePolicy(policyText(START)).policy!, {
    zone: "field",
    version: 1,
    trustDomain: world.trustDomain,
    signers: [signer.did],
    limits: DEFAULT_LIMITS,
    issued: START * 1_000 - HOUR_MS,
    expires: START * 1_000 + 20 * 24 * HOUR_MS,
  })
  const signed = dsseSign(SLICE_TYPE, Buffer.from(JSON.stringify(cut)), world.roots.slice(0, 2))
  await publishKnowledge(driver.log, "passport-policy", signed)
  const slice = (await openSlice(signed, world.rootSet, null)) as Slice
  const problems: Array<unknown> = []
  const issuer = startIssuer({
    log: driver.log,
    roots: world.rootSet,
    signer,
    now: () => driver.now,
    idleMs: 20,
    onProblem: (what, cause) => problems.push(what, cause),
  })

  const device = world.device("life", { ordinal: 1 })
  const { identity } = device.profile
  const [owner, next] = [world.operators[0]!, world.operators[1]!]
  const order = async (...elements: ReadonlyArray<{ readonly bytes: Uint8Array } | string>): Promise<void> => {
    const tokens = elements.map((one) => (typeof one === "string" ? one : Buffer.from(one.bytes).toString("latin1")))
    const label = { honest: true, role: "normal", attack: null, instance: 0, device: "", expect: null } as const
    await driver.submit([{ kind: "control", tokens, label }])
    await driver.settle()
  }
  const voucher = voucherFor(world, identity, owner)
  const enrolment = enrolmentOf(world, voucher, identity, identity)
  await order(...claimBy(world, owner, 1, device.did, { voucher, enrolment }))
  await driver.say(device.did, device.presentation(), ...Array.from({ length: 4 }, () => device.message()))
  await driver.settle()
  // Claimed and not attested: what it says is withheld, and teaches nothing.
  await answered(issuer, device.did, (found) => found !== "reading")
  expect(isPassport(issuer.passport(device.did))).toBe(false)

  await order(...lifeBy(world, [owner], "attest", device.did, 2))
  for (let n = 0; n < 13; n++) await driver.say(device.did, device.message())
  await driver.settle()
  const found = await answered(issuer, device.did, isPassport)
  if (typeof found === "string") throw new Error(found)
  const passport = await openPassport(found.cwt!, slice)
  if (isRefused(passport)) throw new Error(passport.reason)
  expect(passport).toMatchObject({ sub: device.did, m2m: { trust: "trusted", zone: "field" } })

  await order(...lifeBy(world, [owner, next], "transfer", device.did, 3))
  await answered(issuer, device.did, (after) => !isPassport(after))
  const snapshot = (await openSnapshot((await issuer.snapshot(null))!, slice, null)) as Snapshot
  expect(isRevoked(snapshot, passport.jti)).toBe(true)
  expect(problems).toEqual([])
  await issuer.stop()
  await driver.close()
})
