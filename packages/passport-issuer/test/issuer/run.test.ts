/** The issuer over a real log, in which the five stages have judged a small fleet. */
import { generateKeyPairSync } from "node:crypto"
import { publishKnowledge } from "@assay/engine"
import { policyText } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import {
  isRefused,
  openPassport,
  openSlice,
  openSnapshot,
  type Passport,
  type Slice,
  type Snapshot,
} from "@assay/passport"
import { SLICE_TYPE } from "@assay/passport/issue"
import { isRevoked } from "@assay/passport/snapshot"
import { parsePolicy } from "@assay/segmentation"
import { signerOfKey } from "@assay/signing"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import { afterAll, expect, it } from "vitest"
import { cutSlice, DEFAULT_LIMITS, type RunningIssuer, startIssuer } from "../../src/index.ts"

afterAll(closeVerifyPool)

const HOUR_MS = 3_600_000
const signer = signerOfKey(generateKeyPairSync("ed25519").privateKey)

/** Two devices of which one will be trusted, a slice of their zone, and an issuer of which time is the log's. */
const plant = async (seed: string, signers: ReadonlyArray<string> = [signer.did]) => {
  const world = aWorld(seed)
  const driver = await openDriver(world)
  const policy = parsePolicy(policyText(START)).policy!
  const now = START * 1_000
  const cut = cutSlice(policy, {
    zone: "field",
    version: 1,
    trustDomain: world.trustDomain,
    signers,
    limits: DEFAULT_LIMITS,
    issued: now - HOUR_MS,
    expires: now + 20 * 24 * HOUR_MS,
  })
  const signed = dsseSign(SLICE_TYPE, Buffer.from(JSON.stringify(cut)), world.roots.slice(0, 2))
  await publishKnowledge(driver.log, "passport-policy", signed)
  const [device, stranger] = [0, 1].map((n) => world.device(`${seed} ${n}`, { ordinal: n }))
  for (const one of [device!, stranger!]) await driver.say(one.did, one.presentation())
  await driver.settle()
  for (let n = 0; n < 12; n++) await driver.say(device!.did, device!.message())
  await driver.say(stranger!.did, stranger!.message())
  await driver.settle()
  const slice = (await openSlice(signed, world.rootSet, null)) as Slice
  const problems: Array<unknown> = []
  const start = (): RunningIssuer =>
    startIssuer({
      log: driver.log,
      roots: world.rootSet,
      signer,
      now: () => driver.now,
      idleMs: 20,
      onProblem: (what, cause) => problems.push(what, cause),
    })
  return { world, driver, device: device!, stranger: stranger!, slice, start, problems }
}

/** What the issuer answers, once it is no more `reading`, and once more than `wanted` came. */
const answered = async (
  issuer: RunningIssuer,
  did: string,
  is: (found: ReturnType<RunningIssuer["passport"]>) => boolean,
) => {
  for (;;) {
    const found = issuer.passport(did)
    if (is(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const isPassport = (found: ReturnType<RunningIssuer["passport"]>): boolean => typeof found === "object"

const opened = async (found: ReturnType<RunningIssuer["passport"]>, slice: Slice): Promise<Passport> => {
  if (typeof found === "string") throw new Error(found)
  const passport = await openPassport(found.cwt!, slice)
  if (isRefused(passport)) throw new Error(passport.reason)
  const same = await openPassport(Buffer.from(found.jwt), slice)
  expect(same).toEqual({ ...passport, digest: (same as Passport).digest })
  return passport
}

const snapshotOf = async (issuer: RunningIssuer, slice: Slice): Promise<Snapshot> => {
  const found = await openSnapshot((await issuer.snapshot(null))!, slice, null)
  if (isRefused(found)) throw new Error(found.reason)
  return found
}

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
