/**
 * Settings that are wrong, and clusters that are not as they must be: `assay run` ends within seconds with exit code 2, says
 * which setting or topic it is, and leaves nothing behind.
 */
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer as createHttpServer } from "node:http"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { kafkaClient } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { CELLS } from "@assay/log-kafka"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { EXIT, exitCodeOf } from "@assay/settings"
import { changelogOf, STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import type { Admin } from "kafkajs"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeLog } from "./attacked-deployment.ts"

const MAIN = join(import.meta.dirname, "../../../packages/cli/src/main.ts")

/** Some 12 s, and the machine may be busy. */
const LONGEST_MS = 25_000

/** Takes connections and never says a word. */
const silent = (): Server => {
  const sockets: Array<Socket> = []
  const server = createServer((socket) => void sockets.push(socket.on("error", () => undefined)))
  server.on("close", () => {
    for (const socket of sockets) socket.destroy()
  })
  return server
}
const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)))

describeKafka("assay run on Kafka with something wrong", () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-settings-"))
  const servers: Array<Server> = []
  let log: KafkaSettings
  let admin: Admin
  let web = 0
  let mute = 0

  beforeAll(async () => {
    expect((await assay(["init", "plant", "--domain", "https://plant.example/"], { cwd })).err).toBe("")
    log = await makeLog()
    admin = kafkaClient(log).admin()
    await admin.connect()
    const html = createHttpServer((_, response) =>
      response.setHeader("content-type", "text/html").end("<h1>login</h1>"),
    )
    servers.push(html, silent())
    web = await listening(html)
    mute = await listening(servers[1]!)
  }, 60_000)
  afterAll(async () => {
    for (const server of servers) server.close()
    await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(log.prefix)) })
    await admin.disconnect()
    rmSync(cwd, { recursive: true, force: true })
  })

  const environment = (): Record<string, string> => ({
    LOG: "kafka",
    KAFKA_BROKERS: log.brokers.join(),
    KAFKA_ALLOW_INSECURE: "true",
    ASSAY_STREAM_PREFIX: log.prefix,
    ASSAY_HTTP_PORT: "0",
  })
  const run = async (env: Record<string, string>, ...args: ReadonlyArray<string>): Promise<Done & { ms: number }> => {
    const began = performance.now()
    const all = { ...environment(), ...env }
    const done = await assay(["run", "--roots", "plant/roots.json", ...args], { cwd, env: all })
    return { ...done, ms: performance.now() - began }
  }
  const isRefused = (done: Done & { ms: number }, says: RegExp): void => {
    expect({ code: done.code, err: done.err, out: done.out }).toEqual({
      code: 2,
      err: expect.stringMatching(says),
      out: "",
    })
    expect(done.err.trim().split("\n")).toHaveLength(1)
    expect(done.ms).toBeLessThan(LONGEST_MS)
  }
  /** What `assay run` does first, in this process: the error that it would end with. */
  const refusal = async (env: Record<string, string>, roles = ["chained"]): Promise<string> => {
    try {
      const config = readLogConfiguration({ ...environment(), ...env })
      const opened = await openLog(config, null, { roles })
      await opened.close()
      return "opened"
    } catch (cause) {
      if (exitCodeOf(cause) !== EXIT.usage) throw cause
      return (cause as Error).message
    }
  }

  it("in its settings names the setting", { timeout: 60_000 }, async () => {
    const mutes = { KAFKA_BROKERS: `127.0.0.1:${mute}` }
    const cases: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
      [{ KAFKA_BROKERS: "127.0.0.1:1" }, /KAFKA_BROKERS/],
      [{ KAFKA_BROKERS: "no-such-host.invalid:9092" }, /KAFKA_BROKERS/],
      [{ KAFKA_BROKERS: `127.0.0.1:${web}` }, /KAFKA_BROKERS/],
      [{ KAFKA_BROKERS: "nonsense" }, /KAFKA_BROKERS/],
      [{ KAFKA_TLS: "true" }, /KAFKA_TLS/],
      [{ KAFKA_SASL_MECHANISM: "plain", KAFKA_SASL_USERNAME: "u", KAFKA_SASL_PASSWORD: "p" }, /KAFKA_SASL_MECHANISM/],
      [{ ASSAY_STREAM_PREFIX: `${log.prefix}other.` }, /ASSAY_STREAM_PREFIX/],
      [{ KAFKA_BROKER: "127.0.0.1:9092" }, /KAFKA_BROKER is no setting/],
      [{ KAFKA_SESSION_TIMEOUT_MS: "soon" }, /KAFKA_SESSION_TIMEOUT_MS/],
      [{ SCHEMA_REGISTRY_URL: `http://127.0.0.1:${web}` }, /SCHEMA_REGISTRY_URL/],
      [{ SCHEMA_REGISTRY_URL: "http://127.0.0.1:1" }, /SCHEMA_REGISTRY_URL/],
      [{ SCHEMA_REGISTRY_URL: `http://127.0.0.1:${mute}` }, /SCHEMA_REGISTRY_URL/],
      [{ SCHEMA_REGISTRY_URL: "registry:8081" }, /SCHEMA_REGISTRY_URL/],
    ]
    const before = readdirSync(cwd)
    // Other tests use the same brokers.
    const own = async () => (await admin.listTopics()).filter((topic) => topic.startsWith(log.prefix)).sort()
    const topics = await own()
    // A process of its own: nothing that a silent broker does may keep it.
    const silenced = run(mutes)
    const wrong = run({ REDIS_URL: "http://127.0.0.1" })
    await Promise.all(cases.map(async ([env, says]) => expect(await refusal(env)).toMatch(says)))
    isRefused(await wrong, /REDIS_URL/)
    isRefused(await silenced, /takes connections and does not answer.*KAFKA_BROKERS/)
    expect(readdirSync(cwd)).toEqual(before)
    expect(await own()).toEqual(topics)
  })

  it("in the directory of another log seals nothing, says so, and leaves that alone", { timeout: 60_000 }, async () => {
    mkdirSync(join(cwd, "old"))
    writeFileSync(join(cwd, "old", "assay.json"), "{}")
    const argv = [MAIN, "run", "--roots", "plant/roots.json", "--data", "old"]
    const child = spawn(process.execPath, argv, { cwd, env: { ...process.env, ...environment() } })
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve))
    let output = ""
    child.stderr.on("data", (chunk) => {
      output += String(chunk)
    })
    await expect.poll(() => output, { timeout: 40_000 }).toMatch(/sealing failed.*embedded log/)
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
    expect(readdirSync(join(cwd, "old"))).toEqual(["assay.json"])
    expect(existsSync(join(cwd, "old", "log-key.pem"))).toBe(false)
  })

  it("in the topics names the topic", { timeout: 60_000 }, async () => {
    const kafka = kafkaClient(log)
    const producer = kafka.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    const cell = (value: string) =>
      producer.send({ topic: log.prefix + CELLS, messages: [{ key: "log", value, partition: 0 }] })
    for (const value of ["garbage", "null", "[]", '{"v":3}', '{"v":2,"epoch":1,"genesis":1,"partitions":1e9}', "7"]) {
      await cell(value)
      expect(await refusal({})).toMatch(value.includes("1e9") ? /partitions/ : /the cell log of assay\.cells\.v1\/0/)
    }
    await cell(JSON.stringify({ v: 2, epoch: 1, genesis: Date.now(), partitions: 2 }))
    await producer.disconnect()
    const more = log.prefix + STREAMS.rejected
    await admin.createPartitions({ topicPartitions: [{ topic: more, count: 3 }] })
    expect(await refusal({})).toMatch(/telemetry\.rejected\.v1 has 3/)
    await admin.deleteTopics({ topics: [log.prefix + changelogOf("chained")] })
    isRefused(await run({}, "--topology", "chained"), /chained\.state\.v1.*assay topics apply/)
    const { code, out } = await assay(["topics", "plan", "--partitions", "2", "--replication", "1"], {
      cwd,
      env: environment(),
    })
    expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(/chained\.state\.v1.*missing/) })
  })
})
