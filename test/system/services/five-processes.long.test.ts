/** The five services by their own `main.ts`, as five processes on one Kafka: a message goes through all of them. */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { World } from "@assay/fleet"
import type { Log, LogRecord } from "@assay/log"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { canStartRedis, sayWhatIsSkipped, type TestRedis, testRedis } from "@assay/testkit/redis"
import { SERVICE_NAMES } from "@assay/trust"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { until } from "../kafka/attacked-deployment.ts"
import type { ServiceProcess } from "./process.ts"
import { type ServicesOnKafka, servicesOnKafka } from "./services-on-kafka.ts"

const NAMES = Object.values(SERVICE_NAMES)
const STEP_MS = 600_000
const WAIT_MS = 240_000

sayWhatIsSkipped("five-processes.long.test.ts")

describeKafka("the five services, each a process of its own", () => {
  let services: ServicesOnKafka
  let log: Log
  let world: World
  let redis: TestRedis | null = null
  let environment: Readonly<Record<string, string>>
  const processes = new Map<string, ServiceProcess>()
  const urls = new Map<string, string>()
  const cwd = mkdtempSync(join(tmpdir(), "assay-five-"))

  beforeAll(async () => {
    services = await servicesOnKafka(cwd)
    ;({ log, world, environment } = services)
    if (canStartRedis) redis = await testRedis()
    const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      "integrity-hasher": { ASSAY_DATA: join(cwd, "seal") },
      "anomaly-quarantine": { ASSAY_WORKERS: "1", ...(redis === null ? {} : { REDIS_URL: redis.url }) },
      "identity-resolver": { ASSAY_WORKERS: "1" },
    }
    for (const name of NAMES) processes.set(name, services.start(name, own[name]))
    for (const [name, service] of processes) urls.set(name, await service.listening())
  }, STEP_MS)

  afterAll(async () => {
    await services.close()
    await redis?.remove()
  })

  const post = async (service: string, path: string, body: Uint8Array): Promise<unknown> => {
    const response = await fetch(`${urls.get(service)}${path}`, { method: "POST", body: Buffer.from(body) })
    const answer: unknown = await response.json()
    expect(response.status, JSON.stringify(answer)).toBeLessThan(300)
    return answer
  }
  const recordsOf = async (stream: string): Promise<ReadonlyArray<LogRecord>> => {
    const each = Array.from({ length: log.partitions }, async (_, partition) => {
      const { start } = await log.bounds({ stream, partition })
      return log.read({ stream, partition }, start, 1_000, 16 << 20)
    })
    return (await Promise.all(each)).flat()
  }
  const outcomesOf = async (did: string): Promise<ReadonlyArray<string>> => {
    const streams = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined]
    const messages = (await Promise.all(streams.map(recordsOf))).flat().map(({ value }) => decodeAssayed(value))
    return messages.filter(({ claims }) => claims?.iss === did).flatMap(({ decision }) => decision?.outcome ?? [])
  }

  it("are ready, each with its own share", { timeout: STEP_MS }, async () => {
    for (const name of NAMES)
      await until(async () => (await fetch(`${urls.get(name)}/readyz`)).status === 200, `${name} is ready`, WAIT_MS)
  })

  it("take knowledge and messages at any of them, and decide", { timeout: STEP_MS }, async () => {
    await post("segmentation-enforcer", "/v1/admin/knowledge/bundle", world.signedBundle)
    await post("credential-checker", "/v1/admin/knowledge/policy", world.signedPolicy)
    const device = world.device("five")
    await post("identity-resolver", "/v1/messages", device.presentation().bytes)
    await until(async () => (await outcomesOf(device.did)).length === 1, "the presentation is decided", WAIT_MS)
    for (let n = 0; n < 3; n++) await post("anomaly-quarantine", "/v1/messages", device.message().bytes)
    await until(async () => (await outcomesOf(device.did)).length === 4, "the messages are decided", WAIT_MS)
    for (const outcome of await outcomesOf(device.did)) expect(outcome).toMatch(/^(verified|annotated)$/)
    const activated = processes.get("anomaly-quarantine")!.lines.filter(({ code }) => code === "activation.accepted")
    expect(activated.map(({ message }) => message).sort()).toEqual([
      `the bundle of version ${world.bundle.version} was accepted`,
      "the policy of version 1 was accepted",
    ])
    if (redis === null) return
    const shown = async (): Promise<ReadonlyArray<string>> => {
      const response = await fetch(`${urls.get("anomaly-quarantine")}/v1/devices/${encodeURIComponent(device.did)}`)
      return response.ok ? ((await response.json()) as { source: ReadonlyArray<string> }).source : []
    }
    await until(async () => (await shown()).includes("read-model"), "the read model shows the device", WAIT_MS)
  })

  interface Found {
    readonly check: string
    readonly state: string
    readonly found: string
    readonly cure: string | null
  }
  const doctor = async (): Promise<{ readonly code: number | null; readonly findings: ReadonlyArray<Found> }> => {
    const env = { ...environment, ASSAY_HTTP_PORT: "0", ...(redis === null ? {} : { REDIS_URL: redis.url }) }
    const args = ["doctor", "--roots", "roots.json", "--data", "seal", "--json"]
    const { code, out, err } = await assay(args, { cwd, env })
    expect(err).toBe("")
    return { code, findings: (JSON.parse(out) as { findings: ReadonlyArray<Found> }).findings }
  }
  const wrong = (findings: ReadonlyArray<Found>) => findings.filter(({ state }) => state === "fail")

  it("are looked at by doctor, which says so when one of them is stopped", { timeout: STEP_MS }, async () => {
    await vi.waitFor(async () => expect(wrong((await doctor()).findings)).toEqual([]), {
      timeout: 60_000,
      interval: 500,
    })
    const { code, findings } = await doctor()
    expect(code).toBe(0)
    for (const name of NAMES)
      expect(findings).toContainEqual(
        expect.objectContaining({ check: name, found: expect.stringMatching(/^1 process; /) }),
      )
    for (const check of [
      "sealer",
      "transactions",
      "clock",
      "bundle",
      "policy",
      ...(redis === null ? [] : ["read model"]),
    ])
      expect(findings, check).toContainEqual(expect.objectContaining({ check, state: "ok" }))

    expect(await processes.get("anomaly-quarantine")!.stop()).toBe(0)
    const stopped = await doctor()
    expect(stopped.code).toBe(1)
    expect(wrong(stopped.findings)).toEqual([
      {
        check: "anomaly-quarantine",
        state: "fail",
        found: expect.stringMatching(/^no process runs it; /),
        cure: expect.stringContaining("assay run --service anomaly-quarantine"),
      },
    ])
  })

  it("end with 0 on a signal, with their last line", { timeout: STEP_MS }, async () => {
    const codes = await Promise.all(
      [...processes].map(async ([name, service]) => [name, await service.stop()] as const),
    )
    expect(Object.fromEntries(codes)).toEqual(Object.fromEntries(NAMES.map((name) => [name, 0])))
    for (const [name, service] of processes) {
      expect(service.lines.at(-1), service.err).toMatchObject({ code: "node.stopped", service: name })
      expect(service.lines.filter(({ level }) => level === "error")).toEqual([])
    }
  })
})
