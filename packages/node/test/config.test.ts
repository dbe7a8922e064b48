import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { SCRIPT_SETTINGS } from "@assay/settings"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { readConfiguration } from "../src/config.ts"

describe("readConfiguration", () => {
  it("has a default for every key, on loopback", () => {
    expect(readConfiguration({})).toMatchObject({
      topology: "chained",
      httpHost: "127.0.0.1",
      httpPort: 7070,
      otlpEndpoint: null,
    })
  })

  it("leaves the size of a batch to the engine, unless it is said", () => {
    expect(readConfiguration({}).batchRecords).toBeNull()
    expect(readConfiguration({ ASSAY_BATCH_RECORDS: "64" }).batchRecords).toBe(64)
  })

  it.each([
    ["ASSAY_HTTP_PORT", "abc"],
    ["ASSAY_HTTP_PORT", "70000"],
    ["ASSAY_TICK_MS", "0"],
    ["ASSAY_TOPOLOGY", "both"],
    ["ASSAY_BATCH_RECORDS", "1.5"],
  ])("names %s when it is %j", (key, value) => {
    expect(() => readConfiguration({ [key]: value })).toThrow(key)
  })
})

describe("keys of others", () => {
  const named = SCRIPT_SETTINGS.map(({ key }) => key)

  it("lets alone what the scripts of infra/ read", () => {
    expect(new Set(named).size).toBeGreaterThan(9)
    expect(() => readConfiguration(Object.fromEntries(named.map((key) => [key, "1"])))).not.toThrow()
  })

  it.each(["ASSAY_KAFKA_PROT", "ASSAY_REDIS_HEAP", "ASSAY_REGISTRY_", "ASSAY_HTTP_TOKEN"])("refuses %s", (key) => {
    expect(() => readConfiguration({ [key]: "1" })).toThrow(`${key} is no setting`)
  })
})

const KAFKA_DEFAULTS = {
  prefix: "",
  clientId: "assay",
  tls: null,
  sasl: null,
  allowInsecure: false,
  sessionTimeoutMs: 10_000,
  transactionTimeoutMs: 15_000,
  retryMs: 10_000,
  zstd: true,
}

describe("the log of the configuration", () => {
  const KAFKA = { LOG: "kafka", KAFKA_BROKERS: "127.0.0.1:9092, localhost:9093" }

  it("is embedded by default, whatever Kafka's own variables say", () => {
    expect(readConfiguration({ KAFKA_BROKERS: "broker:9092", KAFKA_HEAP_OPTS: "-Xmx1g" }).kafka).toBeNull()
  })

  it("says so where brokers are named and LOG is not, and only then", () => {
    const warningOf = (env: Record<string, string>) => readConfiguration(env).warning
    expect(warningOf({ KAFKA_BROKERS: "broker:9092" })).toMatch(/KAFKA_BROKERS is set, but LOG is not/)
    expect(warningOf({ KAFKA_BROKERS: "broker:9092", LOG: "embedded" })).toBeUndefined()
    expect(warningOf({})).toBeUndefined()
    expect(warningOf(KAFKA)).toBeUndefined()
  })

  it("takes the keys of Kafka over its defaults", () => {
    const own = { KAFKA_SESSION_TIMEOUT_MS: "6000", KAFKA_COMPRESSION: "none" }
    const env = { ...KAFKA, ...own, ASSAY_STREAM_PREFIX: "plant1.", KAFKA_HOME: "/opt/kafka" }
    expect(readConfiguration(env).kafka).toEqual({
      ...KAFKA_DEFAULTS,
      brokers: ["127.0.0.1:9092", "localhost:9093"],
      prefix: "plant1.",
      sessionTimeoutMs: 6_000,
      zstd: false,
    })
  })

  it("needs the brokers and nothing else", () => {
    const env = { LOG: "kafka", KAFKA_BROKERS: "127.0.0.1:9092" }
    expect(readConfiguration(env).kafka).toEqual({ ...KAFKA_DEFAULTS, brokers: ["127.0.0.1:9092"] })
  })

  it("reads certificates and the password from files", () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-config-"))
    const file = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text)
      return join(dir, name)
    }
    const pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
    const { kafka } = readConfiguration({
      ...KAFKA,
      KAFKA_BROKERS: "broker.plant.example:9092",
      KAFKA_TLS: "true",
      KAFKA_TLS_CA: file("ca.pem", pem),
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SASL_USERNAME: "identity-resolver",
      KAFKA_SASL_PASSWORD_FILE: file("password", "secret\n"),
    })
    expect(kafka?.tls).toEqual({ ca: pem, cert: null, key: null })
    expect({ ...kafka!.sasl, password: Redacted.value(kafka!.sasl!.password) }).toEqual({
      mechanism: "scram-sha-512",
      username: "identity-resolver",
      password: "secret",
    })
    expect(`${JSON.stringify(kafka)} ${inspect(kafka, { depth: 9 })}`).not.toContain("secret")
    expect(() => readConfiguration({ ...KAFKA, KAFKA_TLS: "true", KAFKA_TLS_CA: file("no.pem", "x") })).toThrow(
      "KAFKA_TLS_CA",
    )
    rmSync(dir, { recursive: true })
  })

  it("shows the private key of its client certificate to nobody", () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-config-"))
    const file = join(dir, "both.pem")
    writeFileSync(file, "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n")
    const { kafka } = readConfiguration({ ...KAFKA, KAFKA_TLS: "true", KAFKA_TLS_CERT: file, KAFKA_TLS_KEY: file })
    const shown = { ...kafka, tls: { ...kafka!.tls, cert: null } }
    expect(Redacted.value(kafka!.tls!.key!)).toContain("hunter2")
    expect(`${JSON.stringify(shown)} ${inspect(shown, { depth: 9 })} ${String(kafka!.tls!.key)}`).not.toContain(
      "hunter2",
    )
    rmSync(dir, { recursive: true })
  })

  it.each([
    ["LOG", { LOG: "kafak" }],
    ["KAFKA_BROKERS", { LOG: "kafka" }],
    ["KAFKA_BROKERS", { LOG: "kafka", KAFKA_BROKERS: "127.0.0.1" }],
    ["KAFKA_BROKERS", { LOG: "kafka", KAFKA_BROKERS: "broker.plant.example:9092" }],
    ["KAFKA_BROKER", { ...KAFKA, KAFKA_BROKER: "127.0.0.1:9092" }],
    ["KAFKA_TLS", { ...KAFKA, KAFKA_TLS: "yes" }],
    ["KAFKA_TLS_CA", { ...KAFKA, KAFKA_TLS_CA: "ca.pem" }],
    ["KAFKA_TLS_CA", { ...KAFKA, KAFKA_TLS: "true", KAFKA_TLS_CA: "/nowhere/ca.pem" }],
    ["KAFKA_TLS_KEY", { ...KAFKA, KAFKA_TLS: "true", KAFKA_TLS_CERT: "cert.pem" }],
    ["KAFKA_SASL_MECHANISM", { ...KAFKA, KAFKA_SASL_MECHANISM: "gssapi" }],
    ["KAFKA_SASL_MECHANISM", { ...KAFKA, KAFKA_SASL_USERNAME: "me" }],
    ["KAFKA_SASL_USERNAME", { ...KAFKA, KAFKA_SASL_MECHANISM: "plain" }],
    ["KAFKA_SASL_PASSWORD", { ...KAFKA, KAFKA_SASL_MECHANISM: "plain", KAFKA_SASL_USERNAME: "me" }],
    ["KAFKA_SESSION_TIMEOUT_MS", { ...KAFKA, KAFKA_SESSION_TIMEOUT_MS: "10" }],
    ["ASSAY_STREAM_PREFIX", { ...KAFKA, ASSAY_STREAM_PREFIX: "plant 1" }],
    ["ASSAY_STALL_MS", { ASSAY_STALL_MS: "10" }],
    ["ASSAY_SEAL", { ASSAY_SEAL: "maybe" }],
  ])("names %s in what is wrong with %j", (key, env) => {
    expect(() => readConfiguration(env)).toThrow(key)
  })
})
