/** What a passport says of the hardware: by the last appraisal, replaced when it rises, revoked when it falls. */
import { generateKeyPairSync } from "node:crypto"
import { publishKnowledge } from "@assay/engine"
import { Prover, policyText, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { isRefused, openPassport, openSlice, openSnapshot, type Slice, type Snapshot } from "@assay/passport"
import { SLICE_TYPE } from "@assay/passport/issue"
import { isRevoked } from "@assay/passport/snapshot"
import { parsePolicy } from "@assay/segmentation"
import { signerOfKey } from "@assay/signing"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { afterAll, expect, it } from "vitest"
import { cutSlice, DEFAULT_LIMITS, startIssuer } from "../../src/index.ts"

afterAll(closeVerifyPool)

const signer = signerOfKey(generateKeyPairSync("ed25519").privateKey)
const HOUR_MS = 3_600_000

it("follows the appraisal of the device's hardware", async () => {
  const world = new World({ seed: "passport hardware", now: START, hardware: true })
  const driver = await openDriver(world)
  const now = START * 1_000
  const cut = cutSlice(parsePolicy(policyText(START)).policy!, {
    zone: "field",
    version: 1,
    trustDomain: world.trustDomain,
    signers: [signer.did],
    limits: DEFAULT_LIMITS,
    issued: now - HOUR_MS,
    expires: now + 20 * 24 * HOUR_MS,
  })
  const signed = dsseSign(SLICE_TYPE, Buffer.from(JSON.stringify(cut)), world.roots.slice(0, 2))
  await publishKnowledge(driver.log, "passport-policy", signed)
  const slice = (await openSlice(signed, world.rootSet, null)) as Slice
  const device = world.device("one", { ordinal: 1 })
  const prover = new Prover(device, world.hardware!.tpm("one"), world.hardware!)
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 13; n++) await driver.say(device.did, device.message())
  await driver.settle()
  const problems: Array<unknown> = []
  const issuer = startIssuer({
    log: driver.log,
    roots: world.rootSet,
    signer,
    now: () => driver.now,
    idleMs: 20,
    onProblem: (what, cause) => problems.push(what, cause),
  })
  const next = async (before: string | null) => {
    for (;;) {
      const found = issuer.passport(device.did)
      if (typeof found === "object" && found.serial !== before) {
        const passport = await openPassport(found.cwt!, slice)
        if (isRefused(passport)) throw new Error(passport.reason)
        return passport
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const first = await next(null)
  expect(first).toMatchObject({ "ear.status": "none", m2m: { assurance: "software" } })

  await driver.say(device.did, prover.evidence(), device.message())
  await driver.settle()
  const second = await next(first.jti)
  expect(second).toMatchObject({ "ear.status": "affirming", m2m: { assurance: "hardware" } })

  device.reboot()
  await driver.say(device.did, device.message())
  await driver.settle()
  const third = await next(second.jti)
  expect(third).toMatchObject({ "ear.status": "none", m2m: { assurance: "software" } })
  const snapshot = (await openSnapshot((await issuer.snapshot(null))!, slice, null)) as Snapshot
  expect([second, third].map(({ jti }) => isRevoked(snapshot, jti))).toEqual([true, false])
  expect(problems).toEqual([])
  await issuer.stop()
  await driver.close()
})
