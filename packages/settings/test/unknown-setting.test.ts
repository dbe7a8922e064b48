import { describe, expect, it } from "vitest"
import { SCRIPT_SETTINGS, SETTINGS } from "../src/index.ts"
import { refuseUnknownKafkaSettings, refuseUnknownSettings } from "../src/unknown-setting.ts"

describe("a variable that looks like a setting", () => {
  it.each([
    ["ASSAY_HTTP_TOKEN", "ASSAY_HTTP_TOKENS"],
    ["ASSAY_TOPOLGY", "ASSAY_TOPOLOGY"],
    ["ASSAY_KAFKA_PROT", null],
    ["ASSAY_REDIS_HEAP", null],
    ["ASSAY_", null],
  ])("%s is refused by name, with what was probably meant", (key, meant) => {
    const refused = (): void => refuseUnknownSettings({ [key]: "hunter2" })
    expect(refused).toThrow(`${key} is no setting`)
    if (meant !== null) expect(refused).toThrow(`(did you mean ${meant}?)`)
    expect(refused).not.toThrow("hunter2")
  })

  it("is let be where it is declared, of a node or of a script", () => {
    const all = [...SETTINGS, ...SCRIPT_SETTINGS].map(({ key }) => [key, "1"])
    expect(() => refuseUnknownSettings(Object.fromEntries(all))).not.toThrow()
    expect(() => refuseUnknownKafkaSettings(Object.fromEntries(all))).not.toThrow()
  })

  it("is let be where it names the file of a secret, and of nothing else", () => {
    expect(() => refuseUnknownSettings({ ASSAY_HTTP_TOKENS_FILE: "f", ASSAY_TOKEN_FILE: "f" })).not.toThrow()
    expect(() => refuseUnknownKafkaSettings({ KAFKA_SASL_PASSWORD_FILE: "f" })).not.toThrow()
    expect(() => refuseUnknownSettings({ ASSAY_HTTP_PORT_FILE: "f" })).toThrow("ASSAY_HTTP_PORT_FILE is no setting")
  })

  it("of Kafka differs from what Kafka's scripts and Kubernetes set", () => {
    const theirs = { KAFKA_HOME: "/opt", KAFKA_HEAP_OPTS: "-Xmx1g", KAFKA_PORT_9092_TCP_ADDR: "10.0.0.1" }
    expect(() => refuseUnknownKafkaSettings(theirs)).not.toThrow()
    expect(() => refuseUnknownKafkaSettings({ KAFKA_BROKER: "b" })).toThrow("did you mean KAFKA_BROKERS?")
    expect(() => refuseUnknownSettings({ KAFKA_BROKER: "b", PATH: "/bin" })).not.toThrow()
  })
})
