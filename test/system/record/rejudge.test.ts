/** Messages that our own mistake quarantined are judged again under the corrected item: once, marked, never as verified. */
import { hash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readCredential } from "@assay/credentials"
import { publishKnowledge, submitControl, verifyStreams } from "@assay/engine"
import { type Device, policyText, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { newRejudgement, POLICY_PAYLOAD_TYPE, PROFILE_TYPE, signBundle } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeAssayed, encodeAssayed, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { credentialTarget, DEFAULT_RULES, formatOrigin, type Origin } from "@assay/trust"
import { afterAll, afterEach, describe, expect, it } from "vitest"

const STEP_MS = 120_000
/** Its telemetry was carried before. */
const REASON = "segmentation.policy_changed"
/** Commands that the command-line tool signs are of now. */
const NOW = Math.floor(Date.now() / 1000)
const world = new World({ seed: "rejudged", now: NOW, rights: ["quarantine", "release", "revoke", "rejudge"] })
const cwd = mkdtempSync(join(tmpdir(), "assay-rejudge-"))
const policy = (version: number, change = (text: string): string => text): string =>
  change(policyText(NOW)).replace("version: 1", `version: ${version}`)
/** Of a flow that the device begins with: three strikes quarantine it. */
const GUARDRAIL = "segmentation.guardrail"
const guarded = (text: string): string =>
  text.replace(
    "guardrails:",
    `guardrails:
  - { id: mistaken, from: "*", to: operations, actions: [event], reason: a mistake }`,
  )
const withoutTelemetry = (text: string): string => text.replace("[telemetry, event]", "[event]")

let driver: Driver
let seq = 0

const open = async (topology: "chained" | "staged", over?: (log: Log) => Log): Promise<Device> => {
  seq = 20_000
  driver = await Driver.open({
    roots: world.rootSet,
    now: NOW * 1000,
    topology,
    ...(over === undefined ? {} : { over }),
  })
  await driver.know(world)
  await publishKnowledge(driver.log, "profile", briefNotice())
  const device = world.device("misjudged")
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 15; n++) await driver.say(device.did, device.message())
  await driver.settle()
  return device
}
/** A second between announcement and effect. */
const NOTICE_MS = 1_000
const briefNotice = (): Uint8Array => {
  const containment = { ...DEFAULT_RULES.containment, rejudgeNoticeMs: NOTICE_MS }
  const profile = { version: 1, issued: NOW * 1000 - 1, expires: (NOW + 86_400) * 1000, ...DEFAULT_RULES, containment }
  return dsseSign(PROFILE_TYPE, Buffer.from(JSON.stringify(profile)), world.roots.slice(0, 2))
}
const activate = async (text: string): Promise<void> => {
  driver.now += 20
  await publishKnowledge(
    driver.log,
    "policy",
    dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(text), world.roots.slice(0, 2)),
  )
  await driver.settle()
}
/** The kept records of quarantined messages. */
const held = async (): Promise<ReadonlyArray<Uint8Array>> =>
  (await driver.records(STREAMS.quarantined)).map(({ value }) => value)
/** Orders it; what that only announces is ordered again when the notice is over. */
const order = async (...given: Parameters<typeof orderOnce>): Promise<void> => {
  await orderOnce(...given)
  if ((await lastControl()).reasons[0] !== "anomaly.rejudge_announced") return
  driver.now += NOTICE_MS
  await orderOnce(...given)
}
const orderOnce = async (
  device: Device,
  records: ReadonlyArray<Uint8Array>,
  {
    signers = 2,
    restore = [] as ReadonlyArray<string>,
    reason = REASON as string,
    credentials = [] as ReadonlyArray<string>,
  } = {},
): Promise<void> => {
  seq++
  driver.now += 20
  const { target, opening } = newRejudgement(reason, { home: device.did, records, restore, credentials })
  const tokens = world.operators
    .slice(0, signers)
    .map((by) => Buffer.from(world.command(by, { verb: "rejudge", target, seq }).bytes).toString("latin1"))
  await submitControl(driver.log, [...tokens, opening])
  await driver.settle()
}
const lastControl = async () => (await driver.audit()).findLast(({ kind }) => kind === "control")!
const issued = async () => (await driver.decisions("annotated")).filter(({ decision }) => decision!.kind === "released")

afterEach(() => driver?.close())
afterAll(async () => {
  await closeVerifyPool()
  rmSync(cwd, { recursive: true, force: true })
})

describe.each(["chained", "staged"] as const)("a rejudgement, %s", (topology) => {
  it(
    "issues what a corrected policy lets pass: once, marked, never as verified; replay and verify agree, and find a forged one",
    async () => {
      const device = await open(topology)
      await activate(policy(2, withoutTelemetry))
      const wrong: Array<Origin> = []
      for (let n = 0; n < 2; n++) wrong.push(await driver.say(device.did, device.message()))
      await driver.settle()
      const records = await held()
      expect(records).toHaveLength(2)

      // The mistake is in force still.
      await order(device, records)
      expect(await lastControl()).toMatchObject({ count: 0, reasons: ["anomaly.nothing_to_rejudge"] })
      await activate(policy(3))
      await order(device, records, { signers: 1 })
      expect(await lastControl()).toMatchObject({ count: 0, reasons: ["control.threshold"] })
      const verified = (await driver.decisions("verified")).length
      await order(device, records)
      expect(await lastControl()).toMatchObject({ count: 1, reasons: [] })
      await driver.restart()
      await order(device, records)
      expect(await lastControl()).toMatchObject({ count: 0, reasons: ["anomaly.nothing_to_rejudge"] })

      const again = await issued()
      expect(again.map(({ origin }) => formatOrigin(origin))).toEqual(wrong.map(formatOrigin))
      for (const { decision, origin } of again)
        expect(decision).toMatchObject({
          outcome: "annotated",
          supersedes: origin,
          reasons: expect.arrayContaining(["anomaly.rejudged"]),
        })
      expect((await driver.decisions("verified")).length).toBe(verified)
      const kept = await driver.decisions("quarantined")
      expect(again.map(({ envelope }) => envelope.bytes)).toEqual(kept.map(({ envelope }) => envelope.bytes))

      expect(await driver.replay()).toMatchObject({ differing: 0 })
      const found = async () => (await verifyStreams(driver.log, 0)).flatMap(({ findings }) => findings)
      expect(await found()).toEqual([])
      // One that no operator asked for, and the true one twice.
      const [, second] = (await driver.records(STREAMS.annotated)).slice(-2)
      await driver.raw(STREAMS.annotated, 0, second!.value, second!.key)
      expect(await found()).toMatchObject([{ kind: "record-doubled" }])
      // A whole decision, with its record: no command stands where it says that one did.
      const message = decodeAssayed(second!.value)
      const record = encodeAssayed({ ...message, origin: { ...message.origin, offset: 1 } })
      await driver.raw(STREAMS.annotated, 0, record, second!.key)
      const event = (await driver.audit()).findLast(({ decision }) => decision?.kind === "released")!
      const supersedes = { ...event.decision!.supersedes!, offset: 1 }
      const forged = {
        ...event,
        origin: { ...event.origin, offset: 3 },
        decision: { ...event.decision!, supersedes },
        record: hash("sha256", record, "buffer"),
      }
      await driver.raw(STREAMS.audit, 0, encodeAudit(forged))
      expect(await found()).toContainEqual(expect.objectContaining({ kind: "decision-unfounded" }))
      expect(await driver.replay()).toMatchObject({ differing: 1 })
    },
    STEP_MS,
  )
})

it("restores a device that the mistake alone quarantined, and issues what it said meanwhile", {
  timeout: STEP_MS,
}, async () => {
  const device = await open("chained")
  await activate(policy(2, guarded))
  for (let n = 0; n < 6; n++) await driver.say(device.did, device.message({ act: "event" }))
  await driver.settle()
  expect(driver.decided.at(-1)!.decision.trust).toBe("quarantined")
  await activate(policy(3))
  // Without its restoration its messages stay.
  await order(device, await held(), { reason: GUARDRAIL })
  expect(await lastControl()).toMatchObject({ count: 0 })
  await order(device, await held(), { restore: [device.did], reason: GUARDRAIL })
  expect(await lastControl()).toMatchObject({ count: 1 })
  const [moved] = (await driver.audit()).filter(({ kind, to }) => kind === "transition" && to === "probation")
  expect(moved).toMatchObject({ device: device.did, from: "quarantined" })
  expect(await issued()).toHaveLength(6)
  await driver.say(device.did, device.message())
  await driver.settle()
  expect(driver.decided.at(-1)!.decision).toMatchObject({ outcome: "annotated", trust: "probation" })
  expect(await driver.replay()).toMatchObject({ differing: 0 })
})

it("neither restores nor issues what an operator quarantined, what is revoked, or what was changed", {
  timeout: STEP_MS,
}, async () => {
  const device = await open("chained")
  await activate(policy(2, withoutTelemetry))
  await driver.say(device.did, device.message())
  await driver.settle()
  await activate(policy(3))
  const [record] = await held()
  const command = async (verb: "quarantine" | "revoke", signers: number): Promise<void> => {
    seq++
    driver.now += 20
    await driver.command(
      ...world.operators.slice(0, signers).map((by) => world.command(by, { verb, target: device.did, seq })),
    )
    await driver.settle()
  }
  // Its words are others than those that are kept: nothing is issued, whoever signs.
  const kept = decodeAssayed(record!)
  const forged = encodeAssayed({ ...kept, readings: kept.readings.slice(1) })
  await order(device, [forged])
  expect(await lastControl()).toMatchObject({ count: 1 })
  expect((await driver.audit()).filter(({ decision }) => decision?.kind === "released")).toEqual([])
  expect(await issued()).toEqual([])
  await command("quarantine", 1)
  await order(device, [record!], { restore: [device.did] })
  expect(await lastControl()).toMatchObject({ count: 0, reasons: ["anomaly.nothing_to_rejudge"] })
  await command("revoke", 2)
  await order(device, [record!], { restore: [device.did] })
  expect(await lastControl()).toMatchObject({ count: 0 })
  expect(await issued()).toEqual([])
})

it("issues what a bundle without its issuer refused, under the credential that the device had shown, and no other", {
  timeout: STEP_MS,
}, async () => {
  const reason = "credential.issuer_withdrawn"
  const device = await open("chained")
  const bundle = async (version: number, change: object): Promise<void> => {
    driver.now += 20
    await publishKnowledge(
      driver.log,
      "bundle",
      signBundle({ ...world.bundle, version, ...change }, world.roots.slice(0, 2)),
    )
    await driver.settle()
  }
  await bundle(20, { issuers: [{ ...world.bundle.issuers[0]!, did: world.rogueIssuer.did }] })
  for (let n = 0; n < 2; n++) await driver.say(device.did, device.message())
  await driver.settle()
  const records = await held()
  expect(records.map((record) => decodeAssayed(record).decision!.reasons.includes(reason))).toEqual([true, true])
  const credentials = device.profile.credentials
  // The mistake is in force still.
  await order(device, records, { reason, credentials })
  expect(await lastControl()).toMatchObject({ count: 0, reasons: ["anomaly.nothing_to_rejudge"] })
  await bundle(21, {})
  const forged = credentials[0]!.replace(/.{8}$/, "AAAAAAAA")
  const { measurements } = world
  const narrow = [{ name: `${measurements}other`, unit: null, min: null, max: null }]
  for (const shown of [
    [],
    [forged],
    world.device("another").profile.credentials,
    // Of the same device, and not the one that it had shown.
    world.device("misjudged", { credential: { kind: "good", measurements: narrow } }).profile.credentials,
  ]) {
    await order(device, records, { reason, credentials: shown })
    expect(await lastControl()).toMatchObject({ count: 0, reasons: ["anomaly.nothing_to_rejudge"] })
  }
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
  const where = ["--since", "1h", "--where", reason, "--json"]
  const planned = await assay(["rejudge", "--data", driver.dir, "--roots", "roots.json", ...where], { cwd })
  expect(JSON.parse(planned.out)).toMatchObject({ messages: 2, commands: 1, stays: {}, restored: [] })
  await order(device, records, { reason, credentials })
  expect(await lastControl()).toMatchObject({ count: 1, reasons: [] })
  for (const { decision } of await issued())
    expect(decision).toMatchObject({ outcome: "annotated", reasons: expect.arrayContaining(["anomaly.rejudged"]) })
  expect(await issued()).toHaveLength(2)
  expect(await driver.replay()).toMatchObject({ differing: 0 })
})

it("issues nothing that rests on what operators have revoked since, whichever item was corrected", {
  timeout: STEP_MS,
}, async () => {
  const device = await open("chained")
  await activate(policy(2, withoutTelemetry))
  for (let n = 0; n < 2; n++) await driver.say(device.did, device.message())
  await driver.settle()
  await activate(policy(3))
  const records = await held()
  expect(records).toHaveLength(2)
  const revoke = async (of: "credential" | "issuer", target: string): Promise<void> => {
    seq++
    driver.now += 20
    const revocation = { of, from: driver.now, list: null }
    const two = world.operators.slice(0, 2)
    await driver.command(...two.map((by) => world.command(by, { verb: "revoke", target, seq, revocation })))
    await driver.settle()
    expect(await lastControl()).toMatchObject({ count: 1, reasons: [] })
  }
  const nothing = { count: 0, reasons: ["anomaly.nothing_to_rejudge"] }
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
  const planned = async () => {
    const where = ["--since", "1h", "--where", REASON, "--json"]
    return JSON.parse((await assay(["rejudge", "--data", driver.dir, "--roots", "roots.json", ...where], { cwd })).out)
  }
  const hashOf = (token: string): string => {
    const read = readCredential(token)
    if ("detail" in read) throw new Error(read.detail)
    return credentialTarget(read.credential.hash)
  }

  // Once any credential was revoked, one that was not must be shown.
  const credentials = device.profile.credentials
  await revoke("credential", hashOf(world.device("another").profile.credentials[0]!))
  await order(device, records)
  expect(await lastControl()).toMatchObject(nothing)
  await order(device, records, { credentials: world.device("another").profile.credentials })
  expect(await lastControl()).toMatchObject(nothing)
  expect(await planned()).toMatchObject({ messages: 2, commands: 1, stays: {} })
  await order(device, records.slice(0, 1), { credentials })
  expect(await lastControl()).toMatchObject({ count: 1, reasons: [] })
  expect(await issued()).toHaveLength(1)

  await revoke("issuer", world.manufacturer.did)
  await driver.restart()
  await order(device, records, { credentials })
  expect(await lastControl()).toMatchObject(nothing)
  expect(await planned()).toMatchObject({ messages: 0, stays: { "issued before": 1, "no credential stands": 1 } })
  expect(await issued()).toHaveLength(1)
  expect(await driver.replay()).toMatchObject({ differing: 0 })
})

it("issues exactly once where the commit fails, before and after it was made", { timeout: STEP_MS }, async () => {
  let failing: "before" | "after" | null = null
  const device = await open("chained", (log) => ({
    ...log,
    partitions: log.partitions,
    epoch: log.epoch,
    genesis: log.genesis,
    traits: log.traits,
    cells: log.cells,
    append: (...given) => log.append(...given),
    read: (...given) => log.read(...given),
    bounds: (at) => log.bounds(at),
    position: (...given) => log.position(...given),
    take: (...given) => log.take(...given),
    join: (...given) => log.join(...given),
    waitFor: (...given) => log.waitFor(...given),
    close: () => log.close(),
    commit: async (partition, commit) => {
      const when = failing
      failing = null
      if (when === "before") throw new Error("the disk is away")
      const done = await log.commit(partition, commit)
      if (when === "after") throw new Error("the answer is lost")
      return done
    },
  }))
  await activate(policy(2, withoutTelemetry))
  await driver.say(device.did, device.message())
  await driver.settle()
  await activate(policy(3))
  const records = await held()
  await orderOnce(device, records)
  driver.now += NOTICE_MS
  for (const when of ["before", "after"] as const) {
    failing = when
    await expect(order(device, records)).rejects.toThrow(/disk|answer/)
    await driver.restart()
    await driver.settle()
  }
  expect(await issued()).toHaveLength(1)
  expect(await driver.replay()).toMatchObject({ differing: 0 })
})

it("is planned, signed and joined on the command line", { timeout: STEP_MS }, async () => {
  const device = await open("chained")
  await activate(policy(2, guarded))
  for (let n = 0; n < 6; n++) await driver.say(device.did, device.message({ act: "event" }))
  await driver.settle()
  await activate(policy(3))
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
  world.operators.slice(0, 2).forEach(({ did, key }, n) => {
    writeFileSync(join(cwd, `operator-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
  })
  const rejudge = (...more: ReadonlyArray<string>): Promise<Done> =>
    assay(["rejudge", "--data", driver.dir, "--roots", "roots.json", ...more], { cwd })
  const where = ["--since", "1h", "--where", GUARDRAIL]
  const planned = await rejudge(...where, "--json")
  expect(JSON.parse(planned.out)).toMatchObject({ messages: 6, commands: 1, stays: {}, restored: [device.did] })
  const aud = ["--aud", world.trustDomain]
  const one = await rejudge(...where, "--keys", "operator-0.json", ...aud, "--sign-only")
  expect(one, one.err).toMatchObject({ code: 0 })
  writeFileSync(join(cwd, "first"), one.out)
  await orderOnce(device, await held(), { restore: [device.did], reason: GUARDRAIL })
  expect(await lastControl()).toMatchObject({ count: 0, reasons: ["anomaly.rejudge_announced"] })
  expect(await issued()).toEqual([])
  driver.now += NOTICE_MS
  const two = await rejudge("--tokens", "first", "--keys", "operator-1.json", "--sign-only")
  expect(two, two.err).toMatchObject({ code: 0 })
  driver.now += 20
  await submitControl(driver.log, two.out.trim().split("\n"))
  await driver.settle()
  expect(await lastControl()).toMatchObject({ count: 1 })
  expect(await issued()).toHaveLength(6)
  expect(JSON.parse((await rejudge(...where, "--json")).out)).toMatchObject({
    messages: 0,
    stays: { "issued before": 6 },
  })
  expect(await rejudge("--since", "1h", "--where", "identity.equivocation")).toMatchObject({ code: 2 })
})
