/** The issuer over a real log, in which the five stages have judged a small fleet. */
import { generateKeyPairSync } from "node:crypto"
import { publishKnowledge, submitControl } from "@assay/engine"
import { policyText } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import type { Log } from "@assay/log"
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
import { parsePolicy } from "@assay/segmentation"
import { type Signer, signerOfKey } from "@assay/signing"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import type { Revocable } from "@assay/trust"
import { expect } from "vitest"
import { cutSlice, DEFAULT_LIMITS, type RunningIssuer, startIssuer } from "../../src/index.ts"

const HOUR_MS = 3_600_000
export const signer = signerOfKey(generateKeyPairSync("ed25519").privateKey)

/** Two devices of which one will be trusted, a slice of their zone, and an issuer of which time is the log's. */
export const plant = async (seed: string, signers: ReadonlyArray<string> = [signer.did]) => {
  const world = aWorld(seed)
  const driver = await openDriver(world)
  const policy = parsePolicy(policyText(START)).policy!
  const now = START * 1_000
  /** Activates a slice of the zone, and gives what a device makes of it. */
  const publish = async (version: number, signers: ReadonlyArray<string>): Promise<Slice> => {
    const cut = cutSlice(policy, {
      zone: "field",
      version,
      trustDomain: world.trustDomain,
      signers,
      limits: DEFAULT_LIMITS,
      issued: now - HOUR_MS,
      expires: now + 20 * 24 * HOUR_MS,
    })
    const signed = dsseSign(SLICE_TYPE, Buffer.from(JSON.stringify(cut)), world.roots.slice(0, 2))
    await publishKnowledge(driver.log, "passport-policy", signed)
    return (await openSlice(signed, world.rootSet, null)) as Slice
  }
  const slice = await publish(1, signers)
  const [device, stranger] = [0, 1].map((n) => world.device(`${seed} ${n}`, { ordinal: n }))
  for (const one of [device!, stranger!]) await driver.say(one.did, one.presentation())
  await driver.settle()
  for (let n = 0; n < 12; n++) await driver.say(device!.did, device!.message())
  await driver.say(stranger!.did, stranger!.message())
  await driver.settle()
  const problems: Array<unknown> = []
  const start = (by: Signer = signer, log: Log = driver.log): RunningIssuer =>
    startIssuer({
      log,
      roots: world.rootSet,
      signer: by,
      now: () => driver.now,
      idleMs: 20,
      onProblem: (what, cause) => problems.push(what, cause),
    })
  return { world, driver, device: device!, stranger: stranger!, slice, publish, start, problems }
}

let seq = 0
/** `assay revoke`, by so many operators; the list does not follow. */
export const revoke = async (
  { world, driver }: Awaited<ReturnType<typeof plant>>,
  of: Revocable,
  target: string,
  signers = 2,
): Promise<void> => {
  seq += 1
  const revocation = { of, from: 0, list: null }
  const tokens = world.operators
    .slice(0, signers)
    .map((by) => world.command(by, { verb: "revoke", target, seq, revocation }).bytes.toString())
  driver.now += 20
  await submitControl(driver.log, tokens)
  await driver.settle()
}

/** What the issuer answers, once it is no more `reading`, and once more than `wanted` came. */
export const answered = async (
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

export const isPassport = (found: ReturnType<RunningIssuer["passport"]>): boolean => typeof found === "object"

export const opened = async (found: ReturnType<RunningIssuer["passport"]>, slice: Slice): Promise<Passport> => {
  if (typeof found === "string") throw new Error(found)
  const passport = await openPassport(found.cwt!, slice)
  if (isRefused(passport)) throw new Error(passport.reason)
  const same = await openPassport(Buffer.from(found.jwt), slice)
  expect(same).toEqual({ ...passport, digest: (same as Passport).digest })
  return passport
}

export const snapshotOf = async (issuer: RunningIssuer, slice: Slice): Promise<Snapshot> => {
  const found = await openSnapshot((await issuer.snapshot(null))!, slice, null)
  if (isRefused(found)) throw new Error(found.reason)
  return found
}
