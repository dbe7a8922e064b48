import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import * as Redacted from "effect/Redacted"
import { afterAll, describe, expect, it } from "vitest"
import { ConfigurationError, SETTINGS } from "../src/index.ts"
import { readSettings } from "../src/read.ts"
import { choice, optional, secret, text, whole } from "../src/setting.ts"

const about = "What it is for"
const PORT = whole({ key: "PORT", part: "http", minimum: 0, maximum: 65_535, fallback: 7070, about })
const MODE = choice({ key: "MODE", part: "node", values: ["chained", "staged"], fallback: "chained", about })
const FILE = optional({ key: "FILE", part: "node", about })
const PREFIX = text({ key: "PREFIX", part: "node", empty: true, fallback: "", about })
const PASSWORD = secret(optional({ key: "PASSWORD", part: "node", form: "a password", about }))
const ALL = { port: PORT, mode: MODE, file: FILE, prefix: PREFIX, password: PASSWORD }

describe("readSettings", () => {
  it("gives each default where nothing is set", () => {
    expect(readSettings(ALL, {})).toEqual({ port: 7070, mode: "chained", file: null, prefix: "", password: null })
  })

  it("reads what is set", () => {
    const read = readSettings(ALL, { PORT: "0", MODE: "staged", FILE: "a", PREFIX: "p.", PASSWORD: "hunter2" })
    expect(read).toMatchObject({ port: 0, mode: "staged", file: "a", prefix: "p." })
    expect(Redacted.value(read.password!)).toBe("hunter2")
    expect(`${JSON.stringify(read)} ${inspect(read, { depth: 9 })} ${String(read.password)}`).not.toContain("hunter2")
  })

  it.each([
    [{ PORT: "http" }, 'PORT is "http": expected a whole number from 0 to 65535'],
    [{ PORT: "1.5" }, 'PORT is "1.5": expected a whole number'],
    [{ PORT: "70000" }, 'PORT is "70000"'],
    [{ MODE: "both" }, 'MODE is "both": expected chained or staged'],
    [{ FILE: "" }, 'FILE is "": expected text, not empty'],
    [{ PASSWORD: "" }, "PASSWORD is not usable: expected a password"],
  ])("names the key and what it takes in %j", (environment, says) => {
    expect(() => readSettings(ALL, environment)).toThrow(ConfigurationError)
    expect(() => readSettings(ALL, environment)).toThrow(says)
  })
})

describe("a secret in a file", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-settings-"))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const file = (text: string): string => {
    writeFileSync(join(dir, "mounted"), text)
    rmSync(join(dir, "password"), { force: true })
    symlinkSync("mounted", join(dir, "password"))
    return join(dir, "password")
  }
  const read = (environment: Record<string, string>) => readSettings(ALL, environment).password

  it("is read through the link by which it is mounted, without the end of its line", () => {
    for (const text of ["hunter2", "hunter2\n", "hunter2\r\n"])
      expect(Redacted.value(read({ PASSWORD_FILE: file(text) })!)).toBe("hunter2")
    expect(Redacted.value(read({ PASSWORD_FILE: file(" hunter2 \n\n") })!)).toBe(" hunter2 \n")
  })

  it("is refused where it cannot be read, is empty, or is given twice, and shown nowhere", () => {
    const nowhere = join(dir, "nowhere")
    expect(() => read({ PASSWORD_FILE: nowhere })).toThrow(
      `PASSWORD_FILE: ${JSON.stringify(nowhere)} cannot be read: ENOENT`,
    )
    expect(() => read({ PASSWORD_FILE: dir })).toThrow("cannot be read: EISDIR")
    expect(() => read({ PASSWORD_FILE: file("\n") })).toThrow("PASSWORD is not usable: expected a password")
    const both = (): unknown => read({ PASSWORD_FILE: file("hunter2"), PASSWORD: "hunter2" })
    expect(both).toThrow("PASSWORD and PASSWORD_FILE are both set: give one of them")
    expect(both).not.toThrow("hunter2")
  })

  it("is for secrets alone", () => {
    expect(readSettings(ALL, { MODE_FILE: file("staged") }).mode).toBe("chained")
  })
})

describe("the declared settings", () => {
  it("have keys of their own, and a sentence each", () => {
    const keys = SETTINGS.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    for (const { key, about: sentence } of SETTINGS) expect(sentence, key).toMatch(/^[A-Z`][^\n]*[^.\n]$/)
  })

  it("mark as secret whatever holds a password or a token", () => {
    const secrets = SETTINGS.filter((setting) => setting.secret).map(({ key }) => key)
    expect(secrets.sort()).toEqual([
      "ASSAY_ANCHOR_KEY",
      "ASSAY_ANCHOR_RPC",
      "ASSAY_HTTP_TOKENS",
      "ASSAY_MQTT_PASSWORD",
      "ASSAY_ONEM2M_PASSWORD",
      "ASSAY_ONEM2M_TOKEN",
      "ASSAY_TOKEN",
      "KAFKA_SASL_PASSWORD",
      "REDIS_URL",
      "SCHEMA_REGISTRY_PASSWORD",
    ])
  })

  it("have a default that they would take", () => {
    for (const setting of SETTINGS) {
      if (setting.fallback === null || setting.fallback === "") continue
      const { value } = readSettings({ value: setting }, { [setting.key]: String(setting.fallback) })
      expect(setting.secret ? Redacted.value(value as never) : value, setting.key).toBe(setting.fallback)
    }
  })
})
