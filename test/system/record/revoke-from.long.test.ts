/** What relied on an issuer that turned out bad is taken back: once, on the record, and nothing else. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge, submitControl, verifyStreams } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { formatOrigin } from "@assay/trust"
import { afterAll, afterEach, describe, expect, it } from "vitest"

const STEP_MS = 120_000
const NOW = Math.floor(Date.now() / 1000)
const world = new World({ seed: "revoked since", now: NOW, rights: ["quarantine", "release", "revoke"] })
const cwd = mkdtempSync(join(tmpdir(), "assay-revoke-"))
const bad = world.rogueIssuer.did
let driver: Driver
let index = 0

/** Both issuers count, until one is found bad. */
const open = async (topology: "chained" | "staged"): Promise<void> => {
  driver = await Driver.open({ roots: world.rootSet, now: NOW * 1000, topology, partitions: 2 })
  await driver.know(world)
  const [issuer] = world.bundle.issuers
  const issuers = [issuer!, { ...issuer!, did: bad }]
  driver.now += 20
  await publishKnowledge(
    driver.log,
    "bundle",
    signBundle({ ...world.bundle, version: 20, issuers }, world.roots.slice(0, 2)),
  )
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
  world.operators.slice(0, 2).forEach(({ did, key }, n) => {
    writeFileSync(join(cwd, `operator-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
  })
  index += 1
}
const say = async (device: Device, count: number): Promise<ReadonlyArray<string>> => {
  const origins: Array<string> = []
  for (let n = 0; n < count; n++) origins.push(formatOrigin(await driver.say(device.did, device.message())))
  await driver.settle()
  return origins
}
const enrolled = async (name: string, kind: "good" | "untrusted"): Promise<Device> => {
  const device = world.device(name, { credential: { kind } })
  await driver.say(device.did, device.presentation())
  await driver.settle()
  await say(device, 14)
  return device
}
const revoke = async (from: number, ...more: ReadonlyArray<string>) => {
  const at = new Date(from).toISOString()
  const call = ["revoke", "--issuer", bad, "--from", at, "--index", `index-${index}`, "--data", driver.dir]
  const done = await assay([...call, "--roots", "roots.json", "--json", ...more], { cwd })
  expect(done, done.err).toMatchObject({ code: 0 })
  return JSON.parse(done.out)
}
const signed = async (from: number): Promise<ReadonlyArray<string>> =>
  (
    await revoke(
      from,
      "--keys",
      "operator-0.json,operator-1.json",
      "--aud",
      world.trustDomain,
      "--sign-only",
      "--parts",
      "parts",
    )
  ).tokens
const handIn = async (...elements: ReadonlyArray<string>): Promise<void> => {
  driver.now += 20
  await submitControl(driver.log, elements)
  await driver.settle()
}
const parts = (): ReadonlyArray<string> => readFileSync(join(cwd, "parts"), "utf8").split("\n")
const events = async () => await driver.audit()

afterEach(() => driver?.close())
afterAll(async () => {
  await closeVerifyPool()
  rmSync(cwd, { recursive: true, force: true })
})

describe.each(["chained", "staged"] as const)("an issuer that turned out bad, %s", (topology) => {
  it(
    "counts no more, and what relied on it since is taken back, once; replay and verify agree",
    async () => {
      await open(topology)
      const good = await enrolled("of the good issuer", "good")
      const other = await enrolled("of the bad issuer", "untrusted")
      const both = await enrolled("of both issuers", "untrusted")
      const second = world.device("of both issuers").profile.credentials
      await driver.say(both.did, both.presentation([...both.profile.credentials, ...second]))
      await driver.settle()
      driver.now += 1_000
      const from = driver.now
      await say(good, 3)
      const wrong = await say(other, 4)
      await say(both, 3)
      const verified = (await driver.decisions("verified")).length
      expect(await revoke(from)).toMatchObject({ decisions: 4, devices: 1, stand: 3, gone: 0 })

      // First it counts no more.
      await handIn(...(await signed(from)))
      await say(other, 1)
      const [refused] = (await driver.decisions("quarantined")).slice(-1)
      expect(refused!.decision!.reasons).toContain("credential.issuer_withdrawn")
      await say(both, 1)
      await say(good, 1)
      expect((await driver.decisions("verified")).length).toBe(verified + 2)

      // Then what relied on it is taken back, part by part.
      const tokens = await signed(from)
      await handIn(...tokens)
      for (const part of parts()) {
        await handIn(...tokens, part)
        await driver.restart()
        await handIn(...tokens, part)
      }
      const back = (await driver.records(STREAMS.revoked)).length
      expect(back).toBe(4)
      const later = (await events()).filter(({ decision }) => decision?.kind === "revoked")
      expect(later.map(({ decision }) => formatOrigin(decision!.supersedes!))).toEqual(wrong)
      for (const { decision, device } of later) {
        expect(device).toBe(other.did)
        expect(decision).toMatchObject({
          outcome: "quarantined",
          reasons: ["anomaly.revoked_since", "credential.issuer_withdrawn"],
        })
      }
      const incidents = (await events()).filter(({ kind }) => kind === "incident")
      expect(JSON.parse(incidents.at(-1)!.detail!)).toMatchObject({
        of: "issuer",
        target: bad,
        decisions: 4,
        devices: 1,
      })
      const moved = (await events()).filter(({ kind, to }) => kind === "transition" && to === "watched")
      expect(moved).toMatchObject([{ device: other.did, from: "trusted" }])
      expect(await revoke(from)).toMatchObject({ decisions: 0, devices: 0 })
      expect(await driver.replay()).toMatchObject({ differing: 0 })
      for (let partition = 0; partition < 2; partition++)
        expect((await verifyStreams(driver.log, partition)).flatMap(({ findings }) => findings)).toEqual([])
      const explained = await assay(["explain", wrong[0]!, "--data", driver.dir], { cwd })
      expect(explained.out).toContain(`the issuer ${bad} was revoked from ${new Date(from).toISOString()}`)
    },
    STEP_MS,
  )
})
