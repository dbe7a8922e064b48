/** TLS 1.3 and client certificates, on a real mosquitto: the common name of a certificate is the name that its topics bear. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasOpenssl, issue, makeAuthority } from "@assay/testkit/certificates"
import { ADAPTER, canStartMosquitto, sayWhatIsSkipped, type TestBroker, testBroker } from "@assay/testkit/mqtt"
import { connectAsync, type ErrorWithReasonCode, type MqttClient } from "mqtt"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Submission } from "../../src/core/submission.ts"
import { type MqttAdapter, startMqtt } from "../../src/mqtt/adapter.ts"
import { readMqtt } from "../../src/mqtt/settings.ts"
import { eventually } from "./eventually.ts"

sayWhatIsSkipped("packages/ingress/test/mqtt/tls.test.ts")

const DID = "did:key:z6MkExample"

describe.runIf(canStartMosquitto && hasOpenssl)("mosquitto over TLS", () => {
  let dir = ""
  let broker: TestBroker
  let adapter: MqttAdapter
  const taken: Array<Submission> = []
  const file = (name: string): string => join(dir, name)
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "assay-mqtt-tls-"))
    makeAuthority(dir, "ca")
    for (const name of ["broker", ADAPTER, DID]) issue(dir, "ca", name)
    broker = await testBroker({
      tls: { ca: file("ca.pem"), cert: file("broker.pem"), key: file("broker.key") },
    })
    adapter = startMqtt({
      broker: readMqtt({
        ASSAY_MQTT_URL: broker.url,
        ASSAY_MQTT_CA: file("ca.pem"),
        ASSAY_MQTT_CERT: file(`${ADAPTER}.pem`),
        ASSAY_MQTT_KEY: file(`${ADAPTER}.key`),
        ASSAY_MQTT_CLIENT_ID: "secure",
      }).broker,
      ingress: {
        submit: async (submissions) => {
          taken.push(...submissions)
          return submissions.map((_, offset) => ({ origin: { epoch: 1, partition: 0, offset } }))
        },
      },
      onProblem: () => undefined,
      onLost: () => undefined,
    })
  })
  afterAll(async () => {
    await adapter?.stop()
    await broker?.remove()
    rmSync(dir, { recursive: true, force: true })
  })

  const device = (rest: object): Promise<MqttClient> =>
    connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0, ca: readFileSync(file("ca.pem")), ...rest })
  const withCertificate = () => ({ cert: readFileSync(file(`${DID}.pem`)), key: readFileSync(file(`${DID}.key`)) })

  it("takes what a device with a certificate publishes below its common name, whatever user name it claims", async () => {
    await eventually(() => adapter.status().connection).toBe("subscribed")
    const client = await device({ ...withCertificate(), username: "did:key:z6MkOther" })
    try {
      await client.publishAsync(`assay/v1/${DID}/messages`, "a.b.c", { qos: 1 })
      const spoofed = client.publishAsync("assay/v1/did:key:z6MkOther/messages", "x.y.z", { qos: 1 })
      await expect(spoofed).rejects.toMatchObject({ code: 135 } satisfies Partial<ErrorWithReasonCode>)
      await eventually(() => taken.map(({ principal }) => principal)).toEqual([DID])
    } finally {
      await client.endAsync(true)
    }
  })

  it("lets nobody in without a certificate, or below TLS 1.3", async () => {
    await expect(device({})).rejects.toThrow()
    await expect(device({ ...withCertificate(), maxVersion: "TLSv1.2" })).rejects.toThrow()
  })

  it("is refused by an adapter that does not know its authority", async () => {
    const problems: Array<string> = []
    const elsewhere = mkdtempSync(join(tmpdir(), "assay-mqtt-other-"))
    makeAuthority(elsewhere, "ca")
    const other = startMqtt({
      broker: readMqtt({ ASSAY_MQTT_URL: broker.url, ASSAY_MQTT_CA: join(elsewhere, "ca.pem") }).broker,
      ingress: { submit: async () => [] },
      onProblem: (what) => problems.push(what),
      onLost: () => undefined,
    })
    await eventually(() => problems.join()).toMatch(/certificate/)
    await other.stop()
    rmSync(elsewhere, { recursive: true, force: true })
  })
})
