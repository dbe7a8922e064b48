import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { readMqtt } from "../../src/mqtt/settings.ts"

const URL = { ASSAY_MQTT_URL: "mqtt://127.0.0.1:1883" }
const dir = mkdtempSync(join(tmpdir(), "assay-mqtt-settings-"))
const [none, junk] = [join(dir, "none.pem"), join(dir, "junk.pem")]
writeFileSync(junk, "no certificate")
afterAll(() => rmSync(dir, { recursive: true }))

describe("the settings of an MQTT adapter", () => {
  it("have defaults for all but the broker", () => {
    const { broker, receipts } = readMqtt(URL)
    expect(broker).toMatchObject({ version: "5", share: null, tls: null, retained: "take" })
    expect(broker.clientId).toMatch(/^assay-ingress-./)
    expect(broker.templates.map(({ text }) => text)).toEqual(["assay/v1/{device}/messages"])
    expect(receipts).toBeNull()
  })

  it("show no password", () => {
    const { broker } = readMqtt({ ...URL, ASSAY_MQTT_USERNAME: "a", ASSAY_MQTT_PASSWORD: "hidden-word" })
    expect(JSON.stringify(broker)).not.toContain("hidden-word")
  })

  it.each<[object, string, string]>([
    [{ ASSAY_MQTT_URL: undefined }, "ASSAY_MQTT_URL", "name the broker"],
    [{ ASSAY_MQTT_URL: "http://broker" }, "ASSAY_MQTT_URL", "no address of a broker"],
    [{ ASSAY_MQTT_URL: "mqtt://me:word@broker" }, "ASSAY_MQTT_URL", "no user and no password"],
    [{ ASSAY_MQTT_VERSION: "3" }, "ASSAY_MQTT_VERSION", "5 or 3.1.1"],
    [{ ASSAY_MQTT_PASSWORD: "x" }, "ASSAY_MQTT_PASSWORD", "goes together with ASSAY_MQTT_USERNAME"],
    [{ ASSAY_MQTT_SHARE: "a/b" }, "ASSAY_MQTT_SHARE", "no name of a share"],
    [{ ASSAY_MQTT_SHARE: "a", ASSAY_MQTT_VERSION: "3.1.1" }, "ASSAY_MQTT_SHARE", "came with MQTT 5"],
    [{ ASSAY_MQTT_CA: none }, "ASSAY_MQTT_CA", "for mqtts:// alone"],
    [{ ASSAY_MQTT_URL: "mqtts://broker", ASSAY_MQTT_CA: none }, "ASSAY_MQTT_CA", "cannot be used"],
    [
      { ASSAY_MQTT_URL: "mqtts://broker", ASSAY_MQTT_CERT: junk, ASSAY_MQTT_KEY: junk },
      "ASSAY_MQTT_CERT",
      "cannot be used",
    ],
    [{ ASSAY_MQTT_URL: "mqtts://broker", ASSAY_MQTT_KEY: none }, "ASSAY_MQTT_CERT", "set both"],
    [{ ASSAY_MQTT_TOPICS: "$SYS/#" }, "ASSAY_MQTT_TOPICS", "the broker's own"],
    [{ ASSAY_MQTT_RECEIPT_KEY: "k", ASSAY_MQTT_RECEIPTS: "a/#" }, "ASSAY_MQTT_RECEIPTS", "one topic with {device}"],
    [{ ASSAY_MQTT_RECEIVE_MAXIMUM: "7" }, "ASSAY_MQTT_RECEIVE_MAXIMUM", "8 to 65535"],
  ])("refuse %j, naming the key", (changed, key, why) => {
    const read = () => readMqtt({ ...URL, ...changed })
    expect(read).toThrow(key)
    expect(read).toThrow(why)
  })
})
