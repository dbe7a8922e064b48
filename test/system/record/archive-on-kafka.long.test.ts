/**
 * `assay archive` and `assay successor` on a log that lies on a real broker, as processes that are killed again and again: entries go to
 * an archive and come back, the log goes on under another name and key, and what reads it goes on.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { Log } from "@assay/log"
import { openKafka } from "@assay/log-kafka"
import { type OpenNode, openNode } from "@assay/node"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"
import { assay, type Done, startAssay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeLog, removeLog } from "../kafka/attacked-deployment.ts"

const STEP_MS = 600_000
/** A process is killed so long after its start, a little later each time, until one comes to its end. */
const KILL_MS = { first: 600, step: 300 }

describeKafka("archive and successor on Kafka", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-archive-kafka-"))
  const at = (name: string): string => join(root, name)
  let settings: KafkaSettings
  let world: World
  let devices: ReadonlyArray<Device>
  let log: Log
  let environment: Readonly<Record<string, string>>

  const open = (): Promise<OpenNode> =>
    openNode(SERVICES, {
      dir: at("seal"),
      kafka: settings,
      roots: world.rootSet,
      topology: "chained",
      tickMs: 0,
      seal: true,
      workers: 0,
    })
  const run = (...args: ReadonlyArray<string>): Promise<Done> =>
    assay([...args, "--json"], { cwd: root, env: environment })
  const submitted = { stream: STREAMS.submitted, partition: 0 }
  const say = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++)
      await log.append(
        submitted,
        devices.map((device) => encodeSubmitted(Buffer.from(device.did), envelopeOf(device.message().bytes))),
      )
  }
  const killedUntilDone = async (
    args: ReadonlyArray<string>,
  ): Promise<{ readonly kills: number; readonly done: Done }> => {
    for (let [ms, kills] = [KILL_MS.first, 0]; ; ms += KILL_MS.step, kills++) {
      const child = startAssay([...args, "--json"], { cwd: root, env: environment })
      const timer = setTimeout(() => child.kill("SIGKILL"), ms)
      const done = await child.done
      clearTimeout(timer)
      if (done.code !== null) return { kills, done }
    }
  }
  const bundles = (): ReadonlyArray<string> =>
    readdirSync(at("seal/tlog/p000/tile/entries")).filter((name) => !name.endsWith(".p"))
  const verify = (...more: ReadonlyArray<string>): Promise<Done> =>
    run("verify", "seal", "--key", "known", "--roots", "roots.json", ...more)

  beforeAll(async () => {
    settings = await makeLog(1)
    log = await openKafka({ settings, streams: ALL_STREAMS, roles: ROLES })
    world = new World({ seed: settings.prefix, now: Math.ceil(log.genesis / 1000) + 1, log })
    devices = Array.from({ length: 10 }, (_, n) => world.device(`archived ${n}`))
    writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
    writeFileSync(
      at("retention.json"),
      JSON.stringify({ format: "assay-retention/1", keep: "0m", witnessed: false, anchored: false }),
    )
    environment = {
      LOG: "kafka",
      KAFKA_BROKERS: settings.brokers.join(),
      KAFKA_ALLOW_INSECURE: "true",
      ASSAY_STREAM_PREFIX: settings.prefix,
    }
    const node = await open()
    await publishKnowledge(log, "bundle", world.signedBundle)
    await publishKnowledge(log, "policy", world.signedPolicy)
    for (const device of devices)
      await log.append(submitted, [encodeSubmitted(Buffer.from(device.did), envelopeOf(device.presentation().bytes))])
    await say(60)
    await node.settled()
    await node.close()
    mkdirSync(at("known"))
    cpSync(at("seal/vkeys/p000.vkey"), at("known/first.vkey"))
  }, STEP_MS)
  afterAll(async () => {
    await log.close()
    await removeLog(settings)
    rmSync(root, { recursive: true, force: true })
  }, STEP_MS)

  it("entries go to the archive beside a node that seals, wherever the call is killed, and come back", {
    timeout: STEP_MS,
  }, async () => {
    const before = bundles()
    expect(before.length).toBeGreaterThanOrEqual(2)
    const node = await open()
    const saying = say(10)
    const { kills, done } = await killedUntilDone([
      ...["archive", "prune", "--data", "seal", "--archive", "away", "--retention", "retention.json"],
    ])
    await saying
    await node.settled()
    await node.close()
    process.stderr.write(`assay archive prune was killed ${kills} times before it came to its end\n`)
    expect(done.code, done.err).toBe(0)
    expect(bundles()).toEqual([])
    const status = await run("archive", "status", "--data", "seal", "--archive", "away")
    expect(JSON.parse(status.out).logs[0].minimum).toBe(before.length * 256)
    expect((await run("archive", "check", "--data", "seal", "--archive", "away")).code).toBe(0)
    const without = await verify()
    expect([without.code, JSON.parse(without.out)]).toMatchObject([
      0,
      { intact: true, reports: [{ pruned: before.length * 256 }] },
    ])
    const withIt = await verify("--archive", "away")
    expect([withIt.code, JSON.parse(withIt.out).reports[0].pruned]).toEqual([0, 0])
    const restored = await run("archive", "restore", "--data", "seal", "--archive", "away")
    expect(restored.code, restored.err).toBe(0)
    expect(bundles().length).toBeGreaterThanOrEqual(before.length)
  })

  it("goes on under another key, wherever the call is killed, and both logs are verified", {
    timeout: STEP_MS,
  }, async () => {
    cpSync(at("seal/tlog/p000/checkpoint"), at("last"))
    // Sealed after the checkpoint that counts: leaves of the successor.
    const node = await open()
    await say(5)
    await node.settled()
    await node.close()
    const size = Number(readFileSync(at("last"), "utf8").split("\n")[1])
    const { kills, done } = await killedUntilDone([
      ...["successor", "--data", "seal", "--key", "known", "--last", "last"],
    ])
    process.stderr.write(`assay successor was killed ${kills} times before it came to its end\n`)
    expect(done.code, done.err).toBe(0)
    expect([done.code, JSON.parse(done.out)]).toMatchObject([
      0,
      { generation: 2, logs: [{ partition: 0, after: size, undone: [] }] },
    ])
    expect(existsSync(at("seal/tlog/p000.1/checkpoint"))).toBe(true)
    const next = await open()
    await say(5)
    await next.settled()
    await next.close()
    cpSync(at("seal/vkeys/p000.vkey"), at("known/second.vkey"))
    const verified = await verify()
    expect([verified.code, JSON.parse(verified.out)], verified.out).toMatchObject([
      0,
      { intact: true, reports: [{ before: [{ size, intact: true }] }] },
    ])
    const end = (await log.bounds(submitted)).end
    const proof = await run("prove", `1/0/${end - 2}`, "--data", "seal", "--out", "proof")
    expect(proof.code, proof.err).toBe(0)
    const checked = await run("verify-proof", "proof", "--key", "known/second.vkey")
    expect([checked.code, JSON.parse(checked.out).valid], checked.out).toEqual([0, true])
    // A backup has the whole line.
    const taken = await run("backup", "copy", "--data", "seal")
    expect(taken.code, taken.err).toBe(0)
    const restored = await run("restore", "copy", "--data", "again", "--roots", "roots.json", "--key", "known")
    expect([restored.code, JSON.parse(restored.out)], restored.out).toMatchObject([0, { restored: true }])
  })
})
