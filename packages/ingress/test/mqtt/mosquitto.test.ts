/** The adapter, its generated configuration and its ACL on a real mosquitto. */

import { ADAPTER, canStartMosquitto, sayWhatIsSkipped, type TestBroker, testBroker } from "@assay/testkit/mqtt"
import { connectAsync, type ErrorWithReasonCode, type IClientOptions, type MqttClient } from "mqtt"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Ingress } from "../../src/core/ingress.ts"
import { type AdapterOptions, type MqttAdapter, startMqtt } from "../../src/mqtt/adapter.ts"
import { mosquittoAcl, mosquittoConfiguration } from "../../src/mqtt/mosquitto.ts"
import { readChallengeTopics, readMqtt } from "../../src/mqtt/settings.ts"
import { parseReceiptTopic, parseTemplates } from "../../src/mqtt/topics.ts"
import { Taking } from "../taking.ts"
import { eventually } from "./eventually.ts"

const FILE = "packages/ingress/test/mqtt/mosquitto.test.ts"
sayWhatIsSkipped(FILE)

const DID = "did:key:z6MkExample"
const OTHER = "did:key:z6MkOther"
const topicOf = (did: string): string => `assay/v1/${did}/messages`

describe.runIf(canStartMosquitto)("mosquitto", () => {
  let broker: TestBroker
  let opened: Array<MqttClient>
  let adapters: Array<MqttAdapter>
  beforeAll(async () => {
    broker = await testBroker({
      topics: "assay/v1/{device}/messages,gw/{principal}/m",
      challenges: "assay/v1/{device}/challenges",
    })
  })
  afterAll(() => broker?.remove())
  beforeEach(() => {
    opened = []
    adapters = []
  })
  afterEach(async () => {
    for (const adapter of adapters) await adapter.stop()
    for (const client of opened) await client.endAsync(true)
  })

  const as = async (username: string, rest: IClientOptions = {}): Promise<MqttClient> => {
    const client = await connectAsync(broker.url, { protocolVersion: 5, username, reconnectPeriod: 0, ...rest })
    opened.push(client)
    return client
  }
  let clients = 0
  const adapt = async (
    ingress: Ingress,
    env: Record<string, string> = {},
    rest: Partial<AdapterOptions> = {},
  ): Promise<MqttAdapter> => {
    const adapter = startMqtt({
      broker: readMqtt({
        ASSAY_MQTT_URL: broker.url,
        ASSAY_MQTT_USERNAME: ADAPTER,
        ASSAY_MQTT_CLIENT_ID: `adapter-${++clients}`,
        ASSAY_MQTT_TOPICS: "assay/v1/{device}/messages,gw/{principal}/m",
        ASSAY_MQTT_SESSION_EXPIRY: "60",
        ...env,
      }).broker,
      ingress,
      onProblem: () => undefined,
      onLost: () => undefined,
      ...rest,
    })
    adapters.push(adapter)
    await eventually(() => adapter.status().connection).toBe("subscribed")
    return adapter
  }
  const refusalOf = (publishing: Promise<unknown>): Promise<number | undefined> =>
    publishing.then(
      () => undefined,
      (cause: ErrorWithReasonCode) => cause.code,
    )

  it("lets a device publish on its own topic alone, and refuses a spoofed one", async () => {
    const taking = new Taking()
    await adapt(taking)
    const device = await as(DID)
    await device.publishAsync(topicOf(DID), "a.b.c", { qos: 1, properties: { contentType: "application/jose" } })
    expect(await refusalOf(device.publishAsync(topicOf(OTHER), "x.y.z", { qos: 1 }))).toBe(135)
    expect(await refusalOf(device.publishAsync("gw/north/m", "x.y.z", { qos: 1 }))).toBe(135)
    await eventually(() => taking.texts).toEqual(["a.b.c"])
    expect(taking.all[0]).toMatchObject({ binding: "mqtt", principal: DID, originator: topicOf(DID) })
  })

  it("lets nobody but the adapter read what devices publish, and a device read its own receipts alone", async () => {
    const adapter = await adapt(new Taking())
    const [device, other] = [await as(DID), await as(OTHER)]
    const came: Array<string> = []
    device.on("message", (topic) => came.push(topic))
    // mosquitto grants any subscription, and looks at the ACL for each message.
    await device.subscribeAsync(["#", topicOf(OTHER), `assay/v1/${OTHER}/receipts`, `assay/v1/${DID}/receipts`])
    await other.publishAsync(topicOf(OTHER), "a.b.c", { qos: 1 })
    await adapter.publish(`assay/v1/${OTHER}/receipts`, Buffer.from("receipt"))
    await adapter.publish(`assay/v1/${DID}/receipts`, Buffer.from("receipt"))
    await eventually(() => came.length).toBeGreaterThan(0)
    expect(new Set(came)).toEqual(new Set([`assay/v1/${DID}/receipts`]))
  })

  it("brings a receipt to its device", async () => {
    const adapter = await adapt(new Taking())
    const device = await as(DID)
    await device.subscribeAsync(`assay/v1/${DID}/receipts`, { qos: 1 })
    const came = new Promise<string>((resolve) => device.once("message", (_, payload) => resolve(String(payload))))
    await adapter.publish(`assay/v1/${DID}/receipts`, Buffer.from("receipt"))
    expect(await came).toBe("receipt")
    await expect(adapter.publish("assay/v1/elsewhere", Buffer.from("x"))).rejects.toMatchObject({ code: 135 })
  })

  it("answers a device's question for a challenge, lets no other hear it, and nobody ask in another's name", async () => {
    const asked: Array<string> = []
    const env = { ASSAY_MQTT_CHALLENGES: "assay/v1/{device}/challenges" }
    await adapt(new Taking(), env, {
      challenges: async (device, key) => {
        asked.push(`${device} ${key}`)
        return { challenge: "a.b.c", expires: "2026-11-29T12:05:00.000Z" }
      },
    })
    const [device, other] = [await as(DID), await as(OTHER)]
    const overheard: Array<string> = []
    other.on("message", (topic) => overheard.push(topic))
    await other.subscribeAsync([`assay/v1/${DID}/challenges`, `assay/v1/${DID}/challenge-requests`])
    await device.subscribeAsync(`assay/v1/${DID}/challenges`, { qos: 1 })
    const came = new Promise<string>((resolve) => device.once("message", (_, payload) => resolve(String(payload))))
    const ask = (client: MqttClient) =>
      client.publishAsync(`assay/v1/${DID}/challenge-requests`, '{"key":"AAtuYW1l"}', { qos: 1 })
    expect(await refusalOf(ask(other))).toBe(135)
    await ask(device)
    expect(JSON.parse(await came)).toMatchObject({ key: "AAtuYW1l", challenge: "a.b.c" })
    expect(asked).toEqual([`${DID} AAtuYW1l`])
    expect(overheard).toEqual([])
  })

  it("keeps for an adapter that is away what devices publish, and sends it when it is back", async () => {
    const taking = new Taking()
    const env = { ASSAY_MQTT_CLIENT_ID: "the-same" }
    const first = await adapt(taking, env)
    await first.stop()
    const device = await as(DID)
    for (let n = 0; n < 5; n++) await device.publishAsync(topicOf(DID), `a.b.${n}`, { qos: 1 })
    await adapt(taking, env)
    await eventually(() => taking.texts).toEqual(["a.b.0", "a.b.1", "a.b.2", "a.b.3", "a.b.4"])
  })

  it("sends again what was not acknowledged, over its own restart, and holds a backlog back", async () => {
    const taking = new Taking()
    const gate = Promise.withResolvers<void>()
    taking.gate = gate.promise
    const adapter = await adapt(taking, { ASSAY_MQTT_RECEIVE_MAXIMUM: "8" })
    const device = await as(DID)
    for (let n = 0; n < 20; n++) await device.publishAsync(topicOf(DID), `a.b.${n}`, { qos: 1 })
    await eventually(() => adapter.status().underWay).toBe(8)
    await broker.stop()
    await broker.start()
    await eventually(() => adapter.status().sentAgain).toBe(8)
    gate.resolve()
    await eventually(() => new Set(taking.texts).size).toBe(20)
    // What was under way when the broker went was known again: nothing came twice.
    expect(taking.texts).toHaveLength(20)
  })

  it.each(["5", "3.1.1"])("takes all in its order by version %s", async (version) => {
    const taking = new Taking()
    await adapt(taking, { ASSAY_MQTT_VERSION: version })
    const device = await as(DID)
    for (let n = 0; n < 50; n++) await device.publishAsync(topicOf(DID), `a.b.${n}`, { qos: 1 })
    await eventually(() => taking.texts).toEqual(Array.from({ length: 50 }, (_, n) => `a.b.${n}`))
  })

  it("shares the messages among instances, each to one of them", async () => {
    const [one, two] = [new Taking(), new Taking()]
    await adapt(one, { ASSAY_MQTT_SHARE: "assay" })
    await adapt(two, { ASSAY_MQTT_SHARE: "assay" })
    const device = await as(DID)
    for (let n = 0; n < 20; n++) await device.publishAsync(topicOf(DID), `a.b.${n}`, { qos: 1 })
    await eventually(() => one.all.length + two.all.length).toBe(20)
    expect(new Set([...one.texts, ...two.texts]).size).toBe(20)
    expect(Math.min(one.all.length, two.all.length)).toBeGreaterThan(0)
  })
})

describe("the generated files", () => {
  const templates = parseTemplates("T", "assay/v1/{device}/messages,old/+/m")
  it("hold a client to its own name", () => {
    const acl = mosquittoAcl({
      templates,
      receipts: parseReceiptTopic("R", "assay/v1/{device}/receipts"),
      passports: parseReceiptTopic("P", "assay/v1/{device}/passport"),
      challenges: readChallengeTopics("assay/v1/{device}/challenges", "assay/v1/{device}/ask", templates),
      adapter: "me",
    })
    const rules = acl.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    expect(rules).toEqual([
      "pattern write assay/v1/%u/messages",
      "pattern write assay/v1/%u/ask",
      "pattern read assay/v1/%u/receipts",
      "pattern read assay/v1/%u/passport",
      "pattern read assay/v1/%u/challenges",
      "user me",
      "topic read assay/v1/+/messages",
      "topic read old/+/m",
      "topic read assay/v1/+/ask",
      "topic write assay/v1/+/receipts",
      "topic write assay/v1/+/passport",
      "topic write assay/v1/+/challenges",
    ])
  })

  it("ask for certificates over TLS 1.3, or for passwords, and let nobody in without either", () => {
    const listener = { port: 8883, host: null, acl: "acl", persistence: "/var/lib/mosquitto" }
    const tls = { ca: "ca", cert: "cert", key: "key" }
    const secure = mosquittoConfiguration({ ...listener, tls, names: "certificate" }).split("\n")
    for (const line of ["tls_version tlsv1.3", "require_certificate true", "use_identity_as_username true"])
      expect(secure).toContain(line)
    expect(mosquittoConfiguration({ ...listener, tls, names: { passwords: "p" } })).toContain("password_file p")
    for (const names of ["certificate", { passwords: "p" }] as const)
      expect(mosquittoConfiguration({ ...listener, tls, names })).toContain("allow_anonymous false")
    expect(() => mosquittoConfiguration({ ...listener, tls: null, names: "certificate" })).toThrow("only over TLS")
  })
})
