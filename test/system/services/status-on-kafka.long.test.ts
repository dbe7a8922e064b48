/** `assay status` by a context that names brokers, beside the five services as processes: all well, one killed, watched until it is back. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { kafkaClient } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { type Log, partitionOf } from "@assay/log"
import { openKafka } from "@assay/log-kafka"
import { processEnvironment, withoutSettings } from "@assay/settings"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"
import { assay, LAUNCHER } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { SERVICE_NAMES } from "@assay/trust"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeLog, until } from "../kafka/attacked-deployment.ts"
import { ServiceProcess } from "./process.ts"

const STEP_MS = 600_000
const WAIT_MS = 120_000
const NAMES = Object.values(SERVICE_NAMES)

interface Found {
  readonly nodes: ReadonlyArray<{
    readonly url: string
    readonly knowledge?: ReadonlyArray<{ kind: string; version: number }>
  }>
  readonly log: {
    readonly engine: string
    readonly partitions: number
    readonly services: ReadonlyArray<{ name: string; processes: number; entries: number; ms: number }>
    readonly unsealed: { readonly ms: number }
    readonly checkpoint: { readonly leaves: number; readonly partitions: number } | null
  } | null
  readonly notLooked: string | null
  readonly alarms: ReadonlyArray<{ alert: string; state: string; what: string }>
}

describeKafka("assay status on a live broker", () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-status-kafka-"))
  let settings: KafkaSettings
  let log: Log
  let world: World
  let devices: ReadonlyArray<Device>
  let environment: Readonly<Record<string, string>>
  const processes = new Map<string, ServiceProcess>()
  const urls = new Map<string, string>()
  /** Nothing but where contexts are kept: the brokers come from the context. */
  const env = { ASSAY_CONFIG_DIR: join(cwd, "config"), ASSAY_CONTEXT: "plant" }

  const start = async (name: string): Promise<void> => {
    const own = name === "integrity-hasher" ? { ASSAY_DATA: join(cwd, "seal") } : {}
    const service = new ServiceProcess(name, cwd, { ...environment, ...own })
    processes.set(name, service)
    urls.set(name, await service.listening())
  }
  const status = async (
    ...more: ReadonlyArray<string>
  ): Promise<{ readonly code: number | null; readonly found: Found }> => {
    const { code, out, err } = await assay(["status", "--url", [...urls.values()].join(), "--json", ...more], {
      cwd,
      env,
    })
    const found: Found = JSON.parse(out)
    expect(found.notLooked, err).toBeNull()
    return { code, found }
  }
  const say = async (): Promise<void> => {
    for (const device of devices) {
      const key = Buffer.from(device.did)
      const at = { stream: STREAMS.submitted, partition: partitionOf(key, log.partitions) }
      await log.append(at, [encodeSubmitted(key, envelopeOf(device.message().bytes))])
    }
  }
  const isWell = async (): Promise<boolean> => {
    const { found } = await status()
    return found.alarms.length === 0 && found.log?.services.every(({ entries }) => entries === 0) === true
  }

  beforeAll(async () => {
    settings = await makeLog()
    log = await openKafka({ settings, streams: ALL_STREAMS, roles: ROLES })
    world = new World({ seed: settings.prefix, now: Math.ceil(log.genesis / 1000) + 1, log })
    devices = Array.from({ length: 6 }, (_, n) => world.device(`seen ${n}`))
    writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
    environment = {
      LOG: "kafka",
      KAFKA_BROKERS: settings.brokers.join(),
      KAFKA_ALLOW_INSECURE: "true",
      ASSAY_STREAM_PREFIX: settings.prefix,
      ASSAY_WORKERS: "0",
      KAFKA_SESSION_TIMEOUT_MS: "6000",
    }
    const added = await assay(
      ["context", "add", "plant", "--brokers", settings.brokers.join(), "--prefix", settings.prefix],
      { cwd, env },
    )
    expect(added.code, added.err).toBe(0)
    for (const name of NAMES) await start(name)
  }, STEP_MS)
  afterAll(async () => {
    for (const service of processes.values()) await service.stop("SIGKILL")
    await log.close()
    const admin = kafkaClient(settings).admin()
    await admin.connect()
    await admin.deleteTopics({
      topics: (await admin.listTopics()).filter((topic) => topic.startsWith(settings.prefix)),
    })
    await admin.disconnect()
    rmSync(cwd, { recursive: true, force: true })
  }, STEP_MS)

  it("says who works on it, what is in force and how far it is sealed, and that nothing is wrong", {
    timeout: STEP_MS,
  }, async () => {
    await publishKnowledge(log, "bundle", world.signedBundle)
    await publishKnowledge(log, "policy", world.signedPolicy)
    for (const device of devices) {
      const key = Buffer.from(device.did)
      const at = { stream: STREAMS.submitted, partition: partitionOf(key, log.partitions) }
      await log.append(at, [encodeSubmitted(key, envelopeOf(device.presentation().bytes))])
    }
    await say()
    await until(isWell, "all is judged and sealed, and no alarm is left", WAIT_MS)
    const { code, found } = await status()
    expect([code, found.notLooked, found.alarms]).toEqual([0, null, []])
    expect(found.log).toMatchObject({ engine: "kafka", partitions: log.partitions, unsealed: { ms: 0 } })
    expect(found.log!.services.map(({ name, processes: each }) => [name, each])).toEqual(NAMES.map((name) => [name, 1]))
    expect(found.log!.checkpoint!.leaves).toBeGreaterThan(0)
    expect(found.nodes.map(({ url }) => url).sort()).toEqual(
      [...urls.values()].map((url) => new URL(url).origin).sort(),
    )
    const kinds = new Map(
      found.nodes.flatMap(({ knowledge = [] }) => knowledge.map(({ kind, version }) => [kind, version])),
    )
    expect([kinds.has("bundle"), kinds.has("policy")]).toEqual([true, true])
    const shown = await assay(["status", "--url", [...urls.values()].join()], { cwd, env })
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining("no alarms")])
    for (const name of NAMES) expect(shown.out).toMatch(new RegExp(`${name} +1 `))
  })

  it("says which service nobody runs and what waits for it, and sees it come back while it watches", {
    timeout: STEP_MS,
  }, async () => {
    await processes.get("integrity-hasher")!.stop("SIGKILL")
    await say()
    await until(
      async () => {
        const { found } = await status()
        const service = found.log!.services.find(({ name }) => name === "integrity-hasher")!
        return service.processes === 0 && service.entries > 0
      },
      "the killed service is seen, and what waits for it",
      WAIT_MS,
    )
    const { code, found } = await status()
    expect(code).toBe(1)
    expect(found.alarms).toContainEqual(
      expect.objectContaining({ alert: "AssayDown", state: "fail", what: "no process runs integrity-hasher" }),
    )
    // Its HTTP is gone with it.
    expect(found.alarms.filter(({ alert }) => alert === "AssayDown").length).toBeGreaterThanOrEqual(2)
    await start("integrity-hasher")
    const watch = spawn(LAUNCHER, ["status", "--watch", "--every", "1", "--url", [...urls.values()].join(), "--json"], {
      cwd,
      env: { ...withoutSettings(processEnvironment()), ...env },
      stdio: ["ignore", "pipe", "inherit"],
    })
    const ended = once(watch, "close")
    let out = ""
    watch.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text
    })
    /** One document for each look; the last may not be whole yet. */
    const looks = (): ReadonlyArray<Found> =>
      out
        .split(/(?<=\n\})\n/)
        .filter((text) => text.endsWith("}"))
        .map((text) => JSON.parse(text) as Found)
    try {
      await until(
        () => looks().length > 1 && looks().at(-1)!.alarms.length === 0,
        "the watch sees it come back",
        WAIT_MS,
      )
    } catch (cause) {
      throw new Error(`what it saw: ${out.slice(-2_000)}`, { cause })
    } finally {
      watch.kill("SIGTERM")
    }
    expect((await ended)[0]).toBe(0)
  })

  it("says of brokers that do not answer that the log could not be looked at", { timeout: STEP_MS }, async () => {
    const added = await assay(["context", "add", "gone", "--brokers", "127.0.0.1:1"], { cwd, env })
    expect(added.code, added.err).toBe(0)
    const { code, out } = await assay(["status", "--json"], { cwd, env: { ...env, ASSAY_CONTEXT: "gone" } })
    expect([code, JSON.parse(out)]).toMatchObject([
      1,
      { log: null, alarms: [{ alert: "AssayBrokerUnavailable", state: "fail", where: "log" }] },
    ])
  })
})
