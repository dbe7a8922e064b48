/**
 * A revocation that reaches back, on Kafka: the five services are processes of their own, and the last one is killed where it does most
 * harm. Each decision is taken back once, on the record, and a replay comes to the same.
 */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeSubmitted, publishKnowledge, verifyStreams } from "@assay/engine"
import { type Device, envelopeOf, type World } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { type Log, partitionOf, recordsIn } from "@assay/log"
import { decodeAssayed, decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, type Done, startAssay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { type AssayedMessage, type AuditEvent, formatOrigin, SERVICE_NAMES } from "@assay/trust"
import { afterAll, beforeAll, expect, it } from "vitest"
import { until } from "../kafka/attacked-deployment.ts"
import type { ServiceProcess } from "./process.ts"
import { type ServicesOnKafka, servicesOnKafka } from "./services-on-kafka.ts"

const STEP_MS = 600_000
const WAIT_MS = 240_000
const PARTITIONS = 4
const [BAD, GOOD, MESSAGES] = [6, 2, 14]
const LAST = SERVICE_NAMES.anomaly

describeKafka("a revocation that reaches back, over five processes", () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-revoke-kafka-"))
  const processes = new Map<string, ServiceProcess>()
  let services: ServicesOnKafka
  let log: Log
  let world: World
  let environment: Readonly<Record<string, string>>
  let url: string
  let bad: ReadonlyArray<Device>
  let good: ReadonlyArray<Device>

  const start = async (name: string): Promise<string> => {
    const service = services.start(name)
    processes.set(name, service)
    return service.listening()
  }
  const killLast = async (): Promise<void> => {
    await processes.get(LAST)!.stop("SIGKILL")
    await start(LAST)
  }
  const valuesOf = async (stream: string): Promise<ReadonlyArray<Uint8Array>> => {
    const found: Array<Uint8Array> = []
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { start: first, end } = await log.bounds({ stream, partition })
      for await (const { value } of recordsIn(log, stream, partition, first, end)) found.push(value)
    }
    return found
  }
  const messagesOf = async (...streams: ReadonlyArray<string>): Promise<ReadonlyArray<AssayedMessage>> =>
    (await Promise.all(streams.map(valuesOf))).flat().map((value) => decodeAssayed(value))
  const auditOf = async (): Promise<ReadonlyArray<AuditEvent>> =>
    (await valuesOf(STREAMS.audit)).map((value) => decodeAudit(value))
  const decided = (): Promise<ReadonlyArray<AssayedMessage>> =>
    messagesOf(STREAMS.verified, STREAMS.annotated, STREAMS.quarantined)
  const say = async (device: Device, { bytes } = device.message()): Promise<void> => {
    const key = Buffer.from(device.did)
    const at = { stream: STREAMS.submitted, partition: partitionOf(key, PARTITIONS) }
    await log.append(at, [encodeSubmitted(key, envelopeOf(bytes))])
  }
  const devices = (name: string, kind: "good" | "untrusted", count: number): ReadonlyArray<Device> =>
    Array.from({ length: count }, (_, n) => world.device(`${name} ${n}`, { credential: { kind } }))

  beforeAll(async () => {
    services = await servicesOnKafka(cwd, PARTITIONS, { rights: ["revoke"] })
    ;({ log, world, environment } = services)
    world.operators.slice(0, 2).forEach(({ did, key }, n) => {
      writeFileSync(join(cwd, `operator-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
    })
    for (const name of Object.values(SERVICE_NAMES)) {
      const own = await start(name)
      if (name === SERVICE_NAMES.identity) url = own
    }
    const [issuer] = world.bundle.issuers
    const issuers = [issuer!, { ...issuer!, did: world.rogueIssuer.did }]
    const both = signBundle({ ...world.bundle, version: 20, issuers }, world.roots.slice(0, 2))
    for (const [kind, body] of world.signedItems) await publishKnowledge(log, kind, kind === "bundle" ? both : body)
    bad = devices("of the bad issuer", "untrusted", BAD)
    good = devices("of the good issuer", "good", GOOD)
    const all = [...bad, ...good]
    for (const device of all) await say(device, device.presentation())
    const isDecided = (count: number) => async () => (await decided()).length === count
    await until(isDecided(all.length), "the presentations are decided", WAIT_MS)
    for (let n = 0; n < MESSAGES; n++) for (const device of all) await say(device)
    await until(isDecided(all.length * (1 + MESSAGES)), "the messages are decided", WAIT_MS)
  }, STEP_MS)

  afterAll(() => services.close())

  const args = (...more: ReadonlyArray<string>): ReadonlyArray<string> => {
    const from = new Date(log.genesis).toISOString()
    const what = [
      "revoke",
      "--issuer",
      world.rogueIssuer.did,
      "--from",
      from,
      "--index",
      "index",
      "--roots",
      "roots.json",
    ]
    return [...what, "--url", url, "--json", ...more]
  }
  const signed = (): ReadonlyArray<string> => ["--keys", "operator-0.json,operator-1.json", "--aud", world.trustDomain]
  const revoke = (...more: ReadonlyArray<string>): Promise<Done> => assay(args(...more), { cwd, env: environment })
  const takenBack = (): Promise<ReadonlyArray<AssayedMessage>> => messagesOf(STREAMS.revoked)

  /** Calls it, and kills the last service as soon as `is`; resolves when that service runs again and the call has ended. */
  const killedWhen = async (is: () => Promise<boolean>, what: string): Promise<Done> => {
    const call = startAssay(args(...signed()), { cwd, env: environment })
    await until(is, what, WAIT_MS)
    await killLast()
    return call.done
  }

  it("takes each decision back once, whenever the last service is killed", { timeout: STEP_MS }, async () => {
    const planned = await revoke()
    expect(planned, planned.err).toMatchObject({ code: 0 })
    const relied = (await messagesOf(STREAMS.verified, STREAMS.annotated)).filter(({ claims }) =>
      bad.some(({ did }) => did === claims!.iss),
    )
    expect(JSON.parse(planned.out)).toMatchObject({ decisions: relied.length, devices: BAD, stand: 0, gone: 0 })

    // Once it is ordered, and once the list is under way: the first device is watched, and the rest is to come.
    const isOrdered = async (): Promise<boolean> =>
      (await auditOf()).some(({ kind, detail }) => kind === "control" && detail!.includes('"revocation"'))
    const isWatched = async (): Promise<boolean> =>
      (await auditOf()).some(({ kind, to }) => kind === "transition" && to === "watched")
    await killedWhen(isOrdered, "it is ordered")
    await killedWhen(isWatched, "the first device is watched")
    // What is left after calls that ended early, the next one does.
    const done = await revoke(...signed())
    expect(done, done.err).toMatchObject({ code: 0 })
    expect(JSON.parse((await revoke()).out)).toMatchObject({ decisions: 0, devices: 0 })

    const back = await takenBack()
    const origins = (all: ReadonlyArray<AssayedMessage>) => all.map(({ origin }) => formatOrigin(origin)).sort()
    expect(origins(back)).toEqual(origins(relied))
    for (const { decision } of back)
      expect(decision).toMatchObject({
        kind: "revoked",
        outcome: "quarantined",
        reasons: ["anomaly.revoked_since", "credential.issuer_withdrawn"],
      })
    const events = await auditOf()
    const superseded = events.filter(({ decision }) => decision?.kind === "revoked")
    expect(superseded.map(({ decision }) => formatOrigin(decision!.supersedes!)).sort()).toEqual(origins(relied))
    const moved = events.filter(({ kind, to }) => kind === "transition" && to === "watched")
    expect(moved.map(({ device }) => device).sort()).toEqual(bad.map(({ did }) => did).sort())
    const incidents = events.filter(
      ({ kind, detail }) => kind === "incident" && detail!.includes(world.rogueIssuer.did),
    )
    expect(incidents.length).toBeGreaterThan(0)
  })

  it("is what verify and replay come to, and nothing else changed", { timeout: STEP_MS }, async () => {
    for (const device of [bad[0]!, good[0]!]) await say(device)
    const count = (BAD + GOOD) * (1 + MESSAGES) + 2
    await until(async () => (await decided()).length === count, "two more are decided", WAIT_MS)
    /** All of a device lie in one partition. */
    const last = (device: Device, messages: ReadonlyArray<AssayedMessage>) =>
      messages
        .filter(({ claims }) => claims!.iss === device.did)
        .sort((a, b) => a.origin.offset - b.origin.offset)
        .at(-1)
    const all = await decided()
    expect(last(bad[0]!, all)!.decision).toMatchObject({ outcome: "quarantined" })
    expect(last(bad[0]!, all)!.decision!.reasons).toContain("credential.issuer_withdrawn")
    expect(last(good[0]!, all)!.decision).toMatchObject({ outcome: "verified" })
    for (let partition = 0; partition < PARTITIONS; partition++)
      expect((await verifyStreams(log, partition)).flatMap(({ findings }) => findings)).toEqual([])
    const replayed = await assay(["replay", "--roots", "roots.json", "--json"], { cwd, env: environment })
    expect(replayed.code, replayed.out).toBe(0)
    expect(JSON.parse(replayed.out)).toMatchObject({ differing: 0 })
  })
})
