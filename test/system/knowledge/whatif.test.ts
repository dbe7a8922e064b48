/** Recorded traffic under other knowledge: what would be newly denied and newly allowed, and that nothing is written. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stagesOver } from "@assay/cli/services"
import { type Compared, whatif as whatifOver } from "@assay/engine"
import { type Device, policyText } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { VerifyPool } from "@assay/jose/verify-pool"
import { POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { ALL_STREAMS, STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import { formatOrigin, type Origin, type TrustBundle } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const STEP_MS = 120_000
const SINCE = new Date(START * 1000).toISOString()
const CONDUIT = "weather-to-historian"

const world = aWorld("what if")
const cwd = mkdtempSync(join(tmpdir(), "assay-whatif-"))
let driver: Driver
let historian: ReadonlyArray<Device>
let first: Origin
let denied: Origin
let stranger: Device

const policy = policyText(START).replace("version: 1", "version: 2")
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(cwd, name), content)
  return name
}
const bundleFile = (name: string, over: Partial<TrustBundle>): string =>
  file(name, signBundle({ ...world.bundle, version: 9, ...over }, world.roots.slice(0, 2)))

beforeAll(async () => {
  driver = await openDriver(world, { partitions: 2, topology: "staged" })
  historian = [0, 1].map((ordinal) => world.device(`historian ${ordinal}`, { ordinal }))
  stranger = world.device("stranger", { credential: { kind: "untrusted" } })
  for (const device of [...historian, stranger]) await driver.say(device.did, device.presentation())
  await driver.settle()
  const [weather, other] = historian as [Device, Device]
  first = await driver.say(weather.did, weather.message())
  for (let n = 0; n < 19; n++) for (const device of historian) await driver.say(device.did, device.message())
  denied = await driver.say(other.did, other.message({ aud: world.cells[0]! }))
  for (let n = 0; n < 3; n++) await driver.say(stranger.did, stranger.message())
  await driver.settle()
  file("roots.json", JSON.stringify(world.rootSet))
}, STEP_MS)

afterAll(async () => {
  await driver?.close()
  await closeVerifyPool()
  rmSync(cwd, { recursive: true, force: true })
})

const whatif = (...more: ReadonlyArray<string>): Promise<Done> =>
  assay(["whatif", "--data", driver.dir, "--roots", "roots.json", ...more], { cwd })

const report = async (code: number, ...more: ReadonlyArray<string>) => {
  const done = await whatif("--json", "--since", SINCE, ...more)
  expect(done, done.err).toMatchObject({ code })
  return JSON.parse(done.out)
}

const ends = (): Promise<ReadonlyArray<number>> =>
  Promise.all(ALL_STREAMS.map(async (stream) => (await driver.log.bounds({ stream, partition: 0 })).end))

const diff = (...files: ReadonlyArray<string>): Promise<Done> =>
  assay(["policy", "diff", ...files, "--data", driver.dir, "--roots", "roots.json"], { cwd })

describe("assay policy diff", { timeout: STEP_MS }, () => {
  const without = policy.replace("actions: [telemetry, event]", "actions: [event]")

  it("compares a file with what is in force, and names the devices", async () => {
    const { code, out } = await diff(file("next.yaml", without))
    expect(code).toBe(0)
    expect(out).toContain("version 2 instead of 1")
    expect(out).toMatch(
      /newly denied: 2 devices of class weather in zone field \(did:\S+, did:\S+\): telemetry to operations/,
    )
    for (const { did } of historian) expect(out).toContain(did)
    expect(await diff(file("same.yaml", policy))).toMatchObject({ out: expect.stringContaining("nothing changes") })
  })

  it("compares two files, signed or not, by zone and class", async () => {
    const signed = dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(without), world.roots.slice(0, 2))
    const { code, out } = await diff(file("same.yaml", policy), file("next.dsse", signed))
    expect(code).toBe(0)
    expect(out).toContain(
      `newly denied: devices of class weather in zone field: telemetry to operations, which ${CONDUIT} carries now`,
    )
    const half = dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(without), world.roots.slice(0, 1))
    expect(await diff("same.yaml", file("half.dsse", half))).toMatchObject({ code: 2 })
  })
})

describe("assay whatif", { timeout: STEP_MS }, () => {
  it("finds nothing where nothing would change, and writes nothing", async () => {
    const before = await ends()
    const found = await report(0, "--policy", file("same.yaml", policy))
    expect(found).toMatchObject({
      compared: 3 + 39 + 1 + 3,
      pending: 0,
      denied: { messages: 0, flows: [] },
      allowed: { messages: 0 },
      doubted: { messages: 0 },
      notDerived: { messages: 0 },
      beginsLate: [],
      devices: [],
      candidates: [{ kind: "policy", version: 2, signed: false, inForce: 1 }],
    })
    expect(await ends()).toEqual(before)
  })

  it("of an advisory names what rested on its firmware, from the time on that it says", async () => {
    const advisory = {
      version: 1,
      issued: START * 1000,
      expires: (START + 86_400) * 1000,
      id: "CVE-1",
      vendor: "acme",
      title: "a hole",
      sources: [{ format: "own", id: "x", digest: "00".repeat(32) }],
      since: START * 1000,
      affected: [{ class: world.deviceClass, digest: historian[0]!.profile.firmware.digest, status: "revoked" }],
    }
    const done = await whatif("--json", "--advisory", file("advisory.json", JSON.stringify(advisory)))
    expect(done, done.err).toMatchObject({ code: 1 })
    const { denied, since } = JSON.parse(done.out)
    expect(Date.parse(since)).toBe(START * 1000)
    expect(denied.reasons["integrity.firmware_revoked"]).toBeGreaterThan(1)
  })

  it("names what a policy would newly deny: conduit, class, device, first origin, and ends with 1", async () => {
    const without = policy.replace("actions: [telemetry, event]", "actions: [event]")
    const found = await report(1, "--policy", file("without.yaml", without))
    expect(found.denied).toMatchObject({ messages: 39, reasons: { "segmentation.no_conduit": 39 } })
    expect(found.denied.flows).toEqual([
      expect.objectContaining({
        action: "telemetry",
        class: "weather",
        from: "field",
        to: "operations",
        conduit: CONDUIT,
        messages: 39,
        devices: 2,
      }),
    ])
    expect(found.denied.flows[0].examples).toContain(formatOrigin(first))
    expect(found.devices).toHaveLength(2)
    expect(found.devices.map(({ device }: { device: string }) => device).sort()).toEqual(
      historian.map(({ did }) => did).sort(),
    )
    // The same by a signed file, for people.
    const signed = dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(without), world.roots.slice(0, 2))
    const { code, out } = await whatif("--since", SINCE, "--policy", file("without.dsse", signed))
    expect(code).toBe(1)
    for (const words of [
      "newly denied: 39 messages",
      CONDUIT,
      "field to operations",
      historian[0]!.did,
      "policy of version 2, signed",
    ])
      expect(out).toContain(words)
  })

  it("names what it would newly allow, and how far a compromised device would get", async () => {
    const wider = policy.replace(
      "guardrails:",
      `  - { id: to-cell-1, from: field, to: cell-1, actions: [telemetry, command], owner: o, reason: r }
guardrails:`,
    )
    const found = await report(0, "--policy", file("wider.yaml", wider))
    expect(found.allowed).toMatchObject({ messages: 1, reasons: { "segmentation.no_conduit": 1 } })
    expect(found.allowed.flows).toEqual([
      expect.objectContaining({ conduit: "to-cell-1", from: "field", to: "cell-1", examples: [formatOrigin(denied)] }),
    ])
    const field = found.reach.zones.find(({ zone }: { zone: string }) => zone === "field")
    expect(field).toMatchObject({ before: { devices: 2, zones: [] }, after: { devices: 2, zones: ["cell-1"] } })
  })

  it("judges devices under a bundle that trusts another issuer, or no longer its own", async () => {
    const [issuer] = world.bundle.issuers
    const none = await report(1, "--bundle", bundleFile("none.dsse", { issuers: [] }))
    expect(none.denied.messages).toBe(39 + 2)
    expect(none.denied.flows.map(({ action }: { action: string }) => action)).toContain("presentation")
    const more = await report(
      0,
      "--bundle",
      bundleFile("more.dsse", { issuers: [issuer!, { ...issuer!, did: world.rogueIssuer.did }] }),
    )
    // Its presentation, and what it said after it: an admission that the log does not have.
    expect(more.allowed.messages).toBe(4)
    expect(more.devices).toEqual([expect.objectContaining({ device: stranger.did, allowed: 4, denied: 0 })])
  })

  it("knows versions of judgement, and names those that it does not have", async () => {
    const logic = { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 }
    const first = file("logic.json", JSON.stringify({ version: 1, logic }))
    expect(await report(0, "--logic", first)).toMatchObject({ denied: { messages: 0 }, notDerived: { messages: 0 } })
    const unknown = file("unknown.json", JSON.stringify({ version: 1, logic: { ...logic, anomaly: 99 } }))
    const named = { code: 2, err: expect.stringContaining("anomaly") }
    expect(await whatif("--since", SINCE, "--logic", unknown)).toMatchObject(named)
    for (const verb of ["check", "sign"]) expect(await assay(["logic", verb, unknown], { cwd })).toMatchObject(named)
  })

  it("judges from the given time on only", async () => {
    const found = await report(0, "--since", new Date(driver.now + 1).toISOString(), "--policy", "without.yaml")
    expect(found).toMatchObject({ compared: 0, denied: { messages: 0 } })
  })

  it("says what it cannot derive where retention took the first entries, by the knowledge of that time", async () => {
    const start = first
    const late: Log = {
      ...driver.log,
      traits: driver.log.traits,
      epoch: driver.log.epoch,
      genesis: driver.log.genesis,
      partitions: driver.log.partitions,
      bounds: async (at) => {
        const bounds = await driver.log.bounds(at)
        const cut = at.stream === STREAMS.submitted && at.partition === start.partition ? start.offset : 0
        return { ...bounds, start: Math.max(bounds.start, cut) }
      },
      read: (at, from, ...more) => driver.log.read(at, from, ...more),
    }
    const pool = new VerifyPool({ size: 1 })
    const compared: Array<Compared> = []
    try {
      const run = await whatifOver(late, {
        roots: world.rootSet,
        stagesFor: stagesOver(late, pool),
        candidates: new Map(),
        since: 0,
        onCompared: (one) => compared.push(one),
      })
      expect(run.beginsLate).toEqual([{ partition: start.partition, offset: start.offset }])
      expect(run.knowledge[start.partition]!.policy).toMatchObject({ version: 1 })
    } finally {
      await pool.close()
    }
    // The device's credential was shown before: nobody can say any more what it was admitted by.
    const one = compared.find(({ origin }) => formatOrigin(origin) === formatOrigin(first))!
    expect(one.recorded!.outcome).toBe("annotated")
    expect(one.again).toMatchObject({ outcome: "quarantined" })
    expect(one.again.reasons).toContain("credential.missing")
  })

  it.each([
    [[], "name a candidate"],
    [["--policy", "nowhere.yaml"], "there is no such file"],
    [["--policy", "roots.json"], "the segmentation policy is refused"],
    [["--policy", "same.yaml", "--since", "yesterday"], "--since takes a time like 12h or 7d"],
    [["--profile", "none.dsse"], "control.knowledge_malformed"],
  ])("refuses %j", async (args, words) => {
    expect(await whatif(...args)).toMatchObject({ code: 2, err: expect.stringContaining(words) })
  })

  it("refuses a signed file that the roots did not sign", async () => {
    const half = file("half.dsse", world.halfSignedBundle)
    expect(await whatif("--bundle", half)).toMatchObject({
      code: 2,
      err: expect.stringContaining("control.knowledge_unsigned"),
    })
  })
})
