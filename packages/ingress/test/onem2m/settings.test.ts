import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasOpenssl, issue, makeAuthority } from "@assay/testkit/certificates"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readOnem2m } from "../../src/onem2m/settings.ts"

const URL_KEY = { ASSAY_ONEM2M_URL: "http://cse.example:8080" }

describe.runIf(hasOpenssl)("notifications over TLS", () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "assay-onem2m-tls-"))
    makeAuthority(dir, "ca")
    issue(dir, "ca", "adapter")
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it("are taken from the CSE by the name in its certificate, and not without one: each device may have a certificate too", () => {
    const env = {
      ...URL_KEY,
      ASSAY_ONEM2M_REACHED_AT: "https://me:7072",
      ASSAY_ONEM2M_CA: join(dir, "ca.pem"),
      ASSAY_ONEM2M_CERT: join(dir, "adapter.pem"),
      ASSAY_ONEM2M_KEY: join(dir, "adapter.key"),
    }
    expect(() => readOnem2m(env)).toThrow("ASSAY_ONEM2M_PEERS: say which name the certificate of /id-in has")
    const { certificateName, notified } = readOnem2m({ ...env, ASSAY_ONEM2M_PEERS: "/id-in=cse.example" })
    expect(certificateName).toBe("cse.example")
    expect(notified).toMatchObject({ by: "http", tls: { ca: expect.any(Buffer) as Buffer } })
  })
})

describe("the settings", () => {
  it("have a default for all but the address", () => {
    expect(readOnem2m(URL_KEY)).toMatchObject({
      cseBase: "/id-in/cse-in",
      cseId: "/id-in",
      aeId: "CAssayIngress",
      label: "assay",
      serialization: "json",
      notified: { by: "polling" },
      certificateName: null,
      authorization: null,
      tls: null,
    })
  })

  it("say how notifications come", () => {
    const reached = { ...URL_KEY, ASSAY_ONEM2M_REACHED_AT: "http://me:7072", ASSAY_ONEM2M_LISTEN: "[::1]:7072" }
    expect(readOnem2m(reached).notified).toMatchObject({ by: "http", host: "::1", port: 7072, tls: null })
    expect(readOnem2m({ ...reached, ASSAY_ONEM2M_URL: "mqtt://broker" }).notified).toEqual({ by: "mqtt" })
  })

  it("make credentials for the CSE, which are shown nowhere", () => {
    const basic = readOnem2m({ ...URL_KEY, ASSAY_ONEM2M_USERNAME: "me", ASSAY_ONEM2M_PASSWORD: "secret" })
    expect(Redacted.value(basic.authorization!)).toBe(`Basic ${Buffer.from("me:secret").toString("base64")}`)
    expect(JSON.stringify(basic)).not.toContain("secret")
    const bearer = readOnem2m({ ...URL_KEY, ASSAY_ONEM2M_TOKEN: "abc" })
    expect(Redacted.value(bearer.authorization!)).toBe("Bearer abc")
  })

  it("say whether something is written back, and who may read it", () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-onem2m-"))
    const file = join(dir, "devices.json")
    writeFileSync(file, '{"CPump": "did:key:z6Mk"}')
    const on = { ...URL_KEY, ASSAY_ONEM2M_WRITE_BACK: "on" }
    expect(readOnem2m(URL_KEY).applications).toBeNull()
    expect(() => readOnem2m(on)).toThrow("set ASSAY_ONEM2M_DEVICES")
    expect(readOnem2m({ ...on, ASSAY_ONEM2M_DEVICES: file }).applications).toEqual([])
    const named = { ...on, ASSAY_ONEM2M_DEVICES: file, ASSAY_ONEM2M_APPLICATIONS: "CScreen, CLog" }
    expect(readOnem2m(named).applications).toEqual(["CScreen", "CLog"])
    expect(() => readOnem2m({ ...named, ASSAY_ONEM2M_APPLICATIONS: "all" })).toThrow('"all" is no AE-ID')
    expect(() => readOnem2m({ ...URL_KEY, ASSAY_ONEM2M_APPLICATIONS: "CScreen" })).toThrow("ASSAY_ONEM2M_WRITE_BACK=on")
    rmSync(dir, { recursive: true })
  })

  it("bind AEs to devices by a file", () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-onem2m-"))
    const file = join(dir, "devices.json")
    const read = () => readOnem2m({ ...URL_KEY, ASSAY_ONEM2M_DEVICES: file }).devices
    writeFileSync(file, '{"CPump": "did:key:z6Mk"}')
    expect(read()).toEqual(new Map([["CPump", "did:key:z6Mk"]]))
    for (const wrong of ["[]", "{", '{"CPump": 1}', '{"pump": "did:key:z6Mk"}', '{"CPump": "z6Mk"}']) {
      writeFileSync(file, wrong)
      expect(read).toThrow("ASSAY_ONEM2M_DEVICES")
    }
    rmSync(dir, { recursive: true })
  })

  it.each<[string, Record<string, string>, string]>([
    ["no address", {}, "ASSAY_ONEM2M_URL: name the CSE"],
    ["no scheme", { ASSAY_ONEM2M_URL: "cse.example" }, "ASSAY_ONEM2M_URL"],
    ["a password in the address", { ASSAY_ONEM2M_URL: "http://a:b@cse" }, "it must hold no user and no password"],
    ["another form of the CSEBase", { ...URL_KEY, ASSAY_ONEM2M_CSE_BASE: "cse-in" }, "ASSAY_ONEM2M_CSE_BASE"],
    ["an AE-ID that is none", { ...URL_KEY, ASSAY_ONEM2M_AE_ID: "pump" }, "ASSAY_ONEM2M_AE_ID"],
    ["a password alone", { ...URL_KEY, ASSAY_ONEM2M_PASSWORD: "x" }, "ASSAY_ONEM2M_USERNAME"],
    [
      "two credentials",
      { ...URL_KEY, ASSAY_ONEM2M_USERNAME: "a", ASSAY_ONEM2M_TOKEN: "b" },
      "instead of a user name and a password",
    ],
    ["a certificate without TLS", { ...URL_KEY, ASSAY_ONEM2M_CERT: "x" }, "it counts for TLS alone"],
    [
      "notifications over TLS without a certificate",
      { ...URL_KEY, ASSAY_ONEM2M_REACHED_AT: "https://me:7072" },
      "the adapter shows a certificate and asks for one",
    ],
    ["a peer that is no pair", { ...URL_KEY, ASSAY_ONEM2M_PEERS: "cse.example" }, "expected /CSE-ID=name"],
    [
      "a name for another CSE alone",
      { ...URL_KEY, ASSAY_ONEM2M_PEERS: "/id-mn=cse" },
      "it names no certificate for /id-in",
    ],
  ])("with %s are refused with the key to correct", (_, env, message) => {
    expect(() => readOnem2m(env)).toThrow(message)
  })
})
