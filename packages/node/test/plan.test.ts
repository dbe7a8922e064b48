/** What a process runs, from its environment and its call; without opening anything. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { ConfigurationError, NODE } from "@assay/settings"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { rolesOf } from "../src/layers/log.ts"
import { workersOf } from "../src/layers/threads.ts"
import { callFromEnvironment, planFromEnvironment } from "../src/plan.ts"
import { inOrder, type ServiceDefinition } from "../src/service.ts"

const noStage = (): never => {
  throw new Error("no stage is made here")
}
const all: ReadonlyArray<ServiceDefinition> = STAGES.map((stage) => ({
  name: SERVICE_NAMES[stage],
  module: import.meta.url,
  stage: noStage,
  roles: [SERVICE_NAMES[stage]],
  settings: stage === "identity" || stage === "credential" ? [NODE.verifyBackend] : [],
  ...(stage === "integrity" ? { sealer: { roles: ["sealer"], start: noStage } } : {}),
}))
const only = (name: string): ReadonlyArray<ServiceDefinition> => all.filter((service) => service.name === name)
const KAFKA = { LOG: "kafka", KAFKA_BROKERS: "127.0.0.1:9092" }

let dir: string
let roots: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-plan-"))
  roots = join(dir, "roots.json")
  const key = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
  writeFileSync(roots, JSON.stringify({ roots: [key], threshold: 1 }))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const plan = (
  services: ReadonlyArray<ServiceDefinition>,
  environment: Readonly<Record<string, string>>,
  call: Parameters<typeof planFromEnvironment>[2] = {},
) => planFromEnvironment(services, environment, { roots, ...call })

describe("a process of all five", () => {
  it("is chained on the embedded log, and seals there", () => {
    const made = plan(all, {})
    expect(made).toMatchObject({ name: "assay", topology: "chained", dir: "data", redisUrl: null })
    expect(made.sealing).toMatchObject({ settings: { dir: "data" }, roles: ["sealer"] })
    expect(rolesOf(made)).toEqual(["chained", "sealer"])
  })

  it("has the roles of all five where it is staged, and none for sealing without a directory", () => {
    const made = plan(all, { ...KAFKA, ASSAY_TOPOLOGY: "staged", REDIS_URL: "redis://me:hunter2@127.0.0.1" })
    expect(rolesOf(made)).toEqual([...Object.values(SERVICE_NAMES), "read-model"])
    expect(made.sealing).toBeNull()
    expect(Redacted.value(made.redisUrl!)).toContain("hunter2")
    expect(JSON.stringify(made)).not.toContain("hunter2")
  })

  it("judges in the order of the stages, whatever the order of the list", () => {
    expect(inOrder(all.toReversed()).map(({ name }) => name)).toEqual(Object.values(SERVICE_NAMES))
  })
})

describe.each(Object.values(SERVICE_NAMES))("%s alone", (name) => {
  it("is the same by its own main.ts and by --service", () => {
    const environment = { ...KAFKA, ASSAY_WORKERS: "3", REDIS_URL: "redis://127.0.0.1", ASSAY_TICK_MS: "50" }
    const data = join(dir, "seal")
    const own = plan(only(name), environment, { data })
    const chosen = plan(all, environment, { service: name, data })
    expect(JSON.stringify(own)).toBe(JSON.stringify(chosen))
    expect(own).toMatchObject({ name, topology: "staged", workers: 3, tickMs: 50 })
    expect(Redacted.value(own.redisUrl!)).toBe("redis://127.0.0.1")
    expect(own.sealing !== null).toBe(name === "integrity-hasher")
    expect(workersOf(own, 8)).toBe(3)
    expect(workersOf(own, 2)).toBe(2)
  })

  it("judges on every core where it verifies messages, and else on one thread", () => {
    const own = plan(only(name), KAFKA)
    expect(workersOf(own, 1_000)).toBe(name === "identity-resolver" ? availableParallelism() : 1)
  })

  it("is never chained", () => {
    expect(plan(only(name), {}).topology).toBe("staged")
    expect(() => plan(only(name), { ASSAY_TOPOLOGY: "chained" })).toThrow(`${name} with the topology chained`)
    expect(() => plan(all, {}, { service: name, topology: "chained" })).toThrow(`--service ${name}`)
  })
})

describe("sealing", () => {
  it("where it is asked for needs a directory, and a service that can", () => {
    expect(() => plan(all, { ...KAFKA, ASSAY_SEAL: "on" })).toThrow("there is no directory for tiles")
    expect(() => plan(only("credential-checker"), { ASSAY_SEAL: "on" })).toThrow("credential-checker has no sealer")
    expect(plan(all, { ASSAY_SEAL: "off" }).sealing).toBeNull()
    expect(plan(all, { ASSAY_SEAL: "on" }, { service: "credential-checker" }).sealing).toMatchObject({
      settings: { dir: "data" },
    })
  })
})

it("wrong calls name what is wrong", () => {
  expect(() => plan(all, {}, { service: "sealer" })).toThrow("--service is one of identity-resolver")
  expect(() => plan(all, {}, { topology: "both" })).toThrow('--topology is chained or staged, not "both"')
  expect(() => plan(all, { REDIS_URL: "http://127.0.0.1" })).toThrow("REDIS_URL")
  expect(() => plan(all, {}, { roots: join(dir, "none.json") })).toThrow(ConfigurationError)
})

it("a service without a command line takes directory and roots from the environment", () => {
  expect(callFromEnvironment({})).toEqual({ data: null, roots: "roots.json" })
  expect(callFromEnvironment({ ASSAY_DATA: "d", ASSAY_ROOTS: "r" })).toEqual({ data: "d", roots: "r" })
})
