import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readClaims } from "../../src/claims/read.ts"

const HEADER = { alg: "Ed25519", kid: "did:key:z#z", typ: "m2m-message+jwt" } as const
const SHOWING = { ...HEADER, typ: "m2m-presentation+jwt" }
const PRV = "A".repeat(43)
const FW = { vendor: "acme", class: "pump", digest: "ab".repeat(32), version: "1.0.0", svn: 3 }
const COMMON = { iss: "did:key:z", aud: "https://plant.example/line/1", iat: 1_700_000_000 }
const TELEMETRY = { ...COMMON, act: "telemetry", epo: 1, seq: 2, prv: PRV, senml: [{ n: "t", v: 1 }] }
const COMMAND = { ...COMMON, act: "command", epo: 1, seq: 2, prv: PRV, body: { open: true } }
const PRESENTATION = { ...COMMON, vc: ["a.b.c"] }

const read = (payload: object, header: { alg: "Ed25519"; kid: string; typ: string } = HEADER) =>
  readClaims(header, Buffer.from(JSON.stringify(payload)), "digest")

describe("claims", () => {
  it("reads telemetry", () => {
    const found = read({ ...TELEMETRY, fw: FW })
    if ("reason" in found) throw new Error(found.detail)
    expect(found.claims).toMatchObject({
      kind: "message",
      act: "telemetry",
      epo: 1,
      seq: 2,
      prv: PRV,
      fw: FW,
      body: null,
      digest: "digest",
    })
    expect(found.readings).toHaveLength(1)
  })

  it("reads every other act with its body as JSON text", () => {
    for (const act of ["event", "command", "config", "firmware"])
      expect(read({ ...COMMAND, act })).toMatchObject({ claims: { act, body: '{"open":true}' }, readings: [] })
  })

  it("reads a presentation, outside the sequence", () => {
    expect(read(PRESENTATION, SHOWING)).toMatchObject({
      claims: { kind: "presentation", iss: COMMON.iss, digest: "digest", credentials: ["a.b.c"] },
      readings: [],
    })
  })

  it("lets prv be absent or null for counter 0 only", () => {
    expect(read({ ...TELEMETRY, seq: 0, prv: undefined })).toMatchObject({ claims: { prv: null } })
    expect(read({ ...TELEMETRY, seq: 0, prv: null })).toMatchObject({ claims: { prv: null } })
    expect(read({ ...TELEMETRY, seq: 1, prv: undefined })).toMatchObject({ reason: "malformed_claims" })
  })

  it("names a device that a gateway speaks for under the gateway's DID", () => {
    const iss = `${COMMON.iss}/meter-1`
    expect(read({ ...TELEMETRY, sub: "meter-1" })).toMatchObject({ claims: { iss, seq: 2 }, fault: null })
    expect(read({ ...COMMAND, sub: "urn:dev:mac:1" })).toMatchObject({ claims: { iss: `${COMMON.iss}/urn:dev:mac:1` } })
  })

  it.each<[string, object]>([
    ["a name with a path", { ...TELEMETRY, sub: "a/b" }],
    ["no name in sub", { ...TELEMETRY, sub: "" }],
    ["a name that is no text", { ...TELEMETRY, sub: 7 }],
    ["a sub of null", { ...TELEMETRY, sub: null }],
    ["a path behind the issuer's DID", { ...TELEMETRY, iss: "did:key:z/meter-1" }],
    ["firmware that a gateway claims for a device", { ...TELEMETRY, sub: "meter-1", fw: FW }],
    ["an unknown member", { ...TELEMETRY, extra: 1 }],
    ["a presentation's member", { ...TELEMETRY, vc: ["a.b.c"] }],
    ["an unknown act", { ...TELEMETRY, act: "reboot" }],
    ["no act", { ...TELEMETRY, act: undefined }],
    ["telemetry with a body", { ...TELEMETRY, body: {} }],
    ["a command with senml", { ...COMMAND, senml: [] }],
    ["a command without a body", { ...COMMAND, body: undefined }],
    ["a body that is an array", { ...COMMAND, body: [] }],
    ["a negative counter", { ...TELEMETRY, seq: -1 }],
    ["a broken counter", { ...TELEMETRY, seq: 1.5 }],
    ["an epoch as text", { ...TELEMETRY, epo: "1" }],
    ["iat in fractions", { ...TELEMETRY, iat: 1.5 }],
    ["no audience", { ...TELEMETRY, aud: undefined }],
    ["several audiences", { ...TELEMETRY, aud: ["https://plant.example/"] }],
    ["an audience that is no URI", { ...TELEMETRY, aud: "line 1" }],
    ["an audience that climbs", { ...TELEMETRY, aud: "https://plant.example/../other" }],
    ["an audience that climbs in disguise", { ...TELEMETRY, aud: "https://plant.example/%2E./other" }],
    ["an audience that ends in dots", { ...TELEMETRY, aud: "https://plant.example/line/.." }],
    ["an audience with a path parameter", { ...TELEMETRY, aud: "https://plant.example/line;x/1" }],
    ["an audience that climbs behind a path parameter", { ...TELEMETRY, aud: "https://plant.example/line/..;/safety" }],
    ["an audience with a backslash", { ...TELEMETRY, aud: "https://plant.example/line\\..\\safety" }],
    ["an audience with an escaped slash", { ...TELEMETRY, aud: "https://plant.example/line%2Fsafety" }],
    ["an audience with an escaped letter", { ...TELEMETRY, aud: "https://plant.example/%6cine" }],
    ["an audience with an escape of an escape", { ...TELEMETRY, aud: "https://plant.example/%252e%252e/safety" }],
    ["an audience with an empty segment", { ...TELEMETRY, aud: "https://plant.example/line//1" }],
    ["a DID that escapes a slash", { ...TELEMETRY, aud: "did:web:plant.example%2Fline" }],
    ["a short prv", { ...TELEMETRY, prv: "AAAA" }],
    ["a prv that is not canonical", { ...TELEMETRY, prv: `${"A".repeat(42)}B` }],
    ["firmware with a member missing", { ...TELEMETRY, fw: { ...FW, svn: undefined } }],
    ["firmware with one too many", { ...TELEMETRY, fw: { ...FW, x: 1 } }],
    ["a firmware digest in capitals", { ...TELEMETRY, fw: { ...FW, digest: "AB".repeat(32) } }],
    ["a firmware version that steers a terminal", { ...TELEMETRY, fw: { ...FW, version: "1\u009b2J" } }],
    ["a firmware version that turns its text", { ...TELEMETRY, fw: { ...FW, version: "1\u202e.2" } }],
    ["firmware null", { ...TELEMETRY, fw: null }],
  ])("refuses %s", (_, payload) => {
    expect(read(payload)).toMatchObject({ reason: "malformed_claims" })
  })

  it.each([
    "https://plant.example/line/1/",
    "urn:x:1",
    "did:web:plant.example%3A8443:line",
    "did:key:z6Mk",
    "https://p/a?b=c",
  ])("takes the audience %s", (aud) => expect(read({ ...TELEMETRY, aud })).toMatchObject({ claims: { aud } }))

  it.each<[string, object]>([
    ["no credential", { ...PRESENTATION, vc: [] }],
    ["too many", { ...PRESENTATION, vc: Array(9).fill("a.b.c") }],
    ["one that is no text", { ...PRESENTATION, vc: [{}] }],
    ["a counter", { ...PRESENTATION, seq: 1 }],
    ["a device that it is not from", { ...PRESENTATION, sub: "meter-1" }],
  ])("refuses a presentation with %s", (_, payload) => {
    expect(read(payload, SHOWING)).toMatchObject({ reason: "malformed_claims" })
  })

  it("never throws, whatever a member holds", () => {
    const member = fc.constantFrom(...Object.keys({ ...TELEMETRY, ...COMMAND, ...PRESENTATION, fw: 1 }))
    fc.assert(
      fc.property(
        fc.constantFrom(TELEMETRY, COMMAND, PRESENTATION),
        member,
        fc.jsonValue(),
        fc.boolean(),
        (base, m, v, p) => {
          const found = read({ ...base, [m]: v }, p ? SHOWING : HEADER)
          expect("claims" in found || found.reason === "malformed_claims").toBe(true)
        },
      ),
    )
  })
})
