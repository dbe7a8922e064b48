/** The issuer of a log that goes on from another, with more partitions: what was earned, issued and revoked there counts on. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { moveKnowledge } from "@assay/engine"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { isRevoked } from "@assay/passport/snapshot"
import { closeVerifyPool } from "@assay/testkit/driver"
import { afterAll, afterEach, beforeEach, expect, it } from "vitest"
import { DEFAULT_LIMITS, type RunningIssuer, startIssuer } from "../../src/index.ts"
import { answered, isPassport, opened, plant, revoke, signer, snapshotOf } from "./plant.ts"

afterAll(closeVerifyPool)

let dir: string
let next: Log | null
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-grown-issuer-"))
  next = null
})
afterEach(async () => {
  await next?.close()
  rmSync(dir, { recursive: true, force: true })
})

type Planted = Awaited<ReturnType<typeof plant>>

/** The next epoch, in which nothing was decided yet. */
const growTo = async ({ driver }: Planted, times: number): Promise<Log> => {
  const { log } = driver
  const partitions = log.partitions * times
  next = await openEmbedded({ dir, partitions, epoch: log.epoch + 1, clock: () => log.genesis })
  for (let partition = 0; partition < partitions; partition++) await moveKnowledge(log, next, partition)
  return next
}
const startOn = (log: Log, former: ReadonlyArray<Log>, { world, driver, problems }: Planted): RunningIssuer =>
  startIssuer({
    ...{ log, former, signer, roots: world.rootSet, now: () => driver.now, idleMs: 20 },
    onProblem: (what, cause) => problems.push(what, cause),
  })

it("knows who is trusted by which credential, and the passports that run", async () => {
  const planted = await plant("grown")
  const { driver, device, stranger, slice, start, problems } = planted
  const before = start()
  const passport = await opened(await answered(before, device.did, isPassport), slice)
  await before.stop()
  const log = await growTo(planted, 3)

  const alone = startOn(log, [], planted)
  expect(await answered(alone, device.did, (found) => found !== "reading")).toBe("unknown")
  await alone.stop()

  let issuer = startOn(log, [driver.log], planted)
  const same = await opened(await answered(issuer, device.did, isPassport), slice)
  expect(same.jti).toBe(passport.jti)
  expect(issuer.passport(stranger.did)).toBe("state")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(false)
  // Half of its life is over: the next one is issued in the next epoch, and another process finds it there.
  driver.now += (DEFAULT_LIMITS.passport / 2 + 60) * 1_000
  const isNext = (found: ReturnType<RunningIssuer["passport"]>) =>
    typeof found === "object" && found.serial !== passport.jti
  await issuer.stop()
  issuer = startOn(log, [driver.log], planted)
  const renewed = await opened(await answered(issuer, device.did, isNext), slice)
  await issuer.stop()
  issuer = startOn(log, [driver.log], planted)
  expect((await opened(await answered(issuer, device.did, isNext), slice)).jti).toBe(renewed.jti)
  await issuer.stop()
  expect(problems).toEqual([])
  await driver.close()
})

it("issues none by what was revoked before, and goes on to withdraw what rested on it", async () => {
  const planted = await plant("grown and revoked")
  const { world, driver, device, slice, start, problems } = planted
  const before = start()
  const passport = await opened(await answered(before, device.did, isPassport), slice)
  await revoke(planted, "issuer", world.manufacturer.did)
  await answered(before, device.did, (found) => found === "credential")
  await before.stop()
  const issuer = startOn(await growTo(planted, 2), [driver.log], planted)
  await answered(issuer, device.did, (found) => found === "credential")
  expect(isRevoked(await snapshotOf(issuer, slice), passport.jti)).toBe(true)
  await issuer.stop()
  expect(problems).toEqual([])
  await driver.close()
})
