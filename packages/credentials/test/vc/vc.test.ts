import { signClaims } from "@assay/jose"
import { actor, bundleOf } from "@assay/testkit/actors"
import type { TrustedIssuer } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { VC_TYP } from "../../src/formats/vc-jwt.ts"
import { type CredentialInput, issueCredential } from "../../src/vc/issue.ts"
import { readCredential, verifyCredential } from "../../src/vc/read.ts"
import { outOfScope } from "../../src/vc/scope.ts"
import { declarationsIn, parseTerms } from "../../src/vc/terms.ts"

const [ed, p256, other] = [actor(), actor("ES256"), actor()]
const FROM = Date.UTC(2026, 0, 1)
const UNTIL = Date.UTC(2027, 0, 1)
const input: CredentialInput = {
  subject: other.did,
  vendor: "acme",
  class: "pump",
  assurance: "software",
  hardwareId: "SN-1",
  capabilities: {
    measurements: [{ name: "p/temp", unit: "Cel", min: -40, max: 85 }],
    actions: ["telemetry"],
    audiences: ["https://plant.example/*"],
    ratePerMinute: 60,
  },
  validFrom: FROM,
  validUntil: UNTIL,
  status: [{ list: "https://acme.example/status/1", purpose: "revocation", index: 42 }],
}

// biome-ignore lint/suspicious/noExplicitAny: the cases below break the shape on purpose
type Loose = Record<string, any>

/** Why a credential is refused whose body was changed before an honest issuer signed it. */
const faultOf = (change: (body: Loose) => void): string | undefined => {
  const token = issueCredential(input, ed)
  const body = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Loose
  change(body)
  const read = verifyCredential(signClaims(body, ed.key, { kid: ed.kid, typ: VC_TYP }).toString())
  return "reason" in read ? read.detail : undefined
}

describe("vc+jwt device credentials", () => {
  it.each([ed, p256])("verify as they were issued", (issuer) => {
    const read = verifyCredential(issueCredential(input, issuer))
    expect(read).toMatchObject({
      credential: { subject: other.did, validFrom: FROM, validUntil: UNTIL, hardwareId: "SN-1", indices: [42] },
    })
    const { terms } = (read as { credential: { terms: Loose } }).credential
    expect(terms).toMatchObject({ issuer: issuer.did, types: ["AssayDeviceCredential"], vendor: "acme", class: "pump" })
    expect(terms.capabilities.source).toEqual(input.capabilities)
  })

  it("share one terms object between the devices of a product", () => {
    const terms = (subject: string, hardwareId: string, index: number) => {
      const status = [{ ...input.status[0]!, index }]
      const read = verifyCredential(issueCredential({ ...input, subject, hardwareId, status }, ed))
      return "credential" in read ? read.credential.terms : undefined
    }
    const one = terms(other.did, "SN-1", 1)
    expect(terms(p256.did, "SN-2", 2)).toBe(one)
    expect(parseTerms(one!.text)).toBe(one)
  })

  it("may declare of what kind a measurement is, and how often it comes, and keep it with their terms", () => {
    const measurements = [
      { ...input.capabilities.measurements[0]!, kind: "gauge" as const },
      { name: "p/energy", unit: null, min: null, max: null, kind: "counter" as const, period: 900 },
      { name: "p/*", unit: null, min: null, max: null },
    ]
    const read = verifyCredential(
      issueCredential({ ...input, capabilities: { ...input.capabilities, measurements } }, ed),
    )
    const { terms } = (read as { credential: { terms: ReturnType<typeof parseTerms> } }).credential
    expect(terms.capabilities.source.measurements).toEqual(measurements)
    expect(declarationsIn(terms.declares!)).toEqual([
      { name: "p/temp", kind: "gauge", period: undefined },
      { name: "p/energy", kind: "counter", period: 900 },
    ])
    // As a state that was stored before this process began.
    const again = parseTerms(terms.text.replace("p/energy", "p/energy2"))
    expect(again.declares).toBe(terms.declares!.replace("p/energy", "p/energy2"))
    expect(again.capabilities.source.measurements[2]).toEqual(measurements[2])
  })

  it("declare nothing where they name no kind, and have the text that they always had", () => {
    const read = readCredential(issueCredential(input, ed))
    const { terms } = (read as { credential: { terms: ReturnType<typeof parseTerms> } }).credential
    expect(terms.declares).toBeNull()
    expect(JSON.parse(terms.text)[6]).toEqual([["p/temp", "Cel", -40, 85]])
  })

  it("that declare what no measurement can be, or of too many, are refused", () => {
    const set = (of: object) => (body: Loose) => Object.assign(body.credentialSubject.capabilities.measurements[0], of)
    expect(faultOf(set({ kind: "coarse" }))).toContain("kind")
    expect(faultOf(set({ period: 0 }))).toContain("period")
    expect(faultOf(set({ period: 32 * 86_400 }))).toContain("period")
    const many = (count: number) => (body: Loose) => {
      body.credentialSubject.capabilities.measurements = Array.from({ length: count }, (_, n) => ({
        name: `p/${n}`,
        kind: "gauge",
      }))
    }
    expect(faultOf(many(16))).toBeUndefined()
    expect(faultOf(many(17))).toContain("17 measurements, where 16 may")
  })

  it("are not remembered before their signature holds: anybody can make up terms", () => {
    const token = issueCredential({ ...input, vendor: "made-up" }, ed)
    const termsOf = (read: ReturnType<typeof verifyCredential> | ReturnType<typeof readCredential>) => {
      if (!("credential" in read)) throw new Error(read.detail)
      return read.credential.terms
    }
    const unverified = termsOf(readCredential(token))
    expect(termsOf(readCredential(token))).not.toBe(unverified)
    const shared = termsOf(verifyCredential(token))
    expect(termsOf(readCredential(token))).toBe(shared)
    expect(shared).toEqual(unverified)
  })

  it("do not verify under another key, whatever they name", () => {
    const token = issueCredential(input, ed)
    const body = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Loose
    const reasonOf = (signed: string) => {
      const read = verifyCredential(signed)
      return "reason" in read ? read.reason : "verified"
    }
    expect(reasonOf(token)).toBe("verified")
    for (const [key, kid] of [
      [other.key, ed.kid],
      [other.key, other.kid],
      [p256.key, ed.kid],
    ] as const)
      expect(reasonOf(signClaims(body, key, { kid, typ: VC_TYP }).toString())).toBe("signature_invalid")
    const [header, , signature] = token.split(".")
    const forged = Buffer.from(JSON.stringify({ ...body, validUntil: "2099-01-01T00:00:00Z" })).toString("base64url")
    expect(reasonOf(`${header}.${forged}.${signature}`)).toBe("signature_invalid")
  })

  it.each<[string, (body: Loose) => void, string]>([
    ["another context first", (b) => b["@context"].reverse(), "@context must begin with"],
    ["no device type", (b) => b.type.pop(), "type must have 2"],
    ["an unknown member", (b) => (b.termsOfUse = []), "termsOfUse is not a known key"],
    ["an unknown capability", (b) => (b.credentialSubject.capabilities.all = true), "capabilities.all is not"],
    ["an issuer without id", (b) => (b.issuer = { name: "ACME" }), "issuer.id is missing"],
    ["an issuer of unknown members", (b) => (b.issuer = { id: b.issuer, until: 1 }), "issuer.until is not a known key"],
    ["a name that is a number", (b) => (b.name = 7), "name must be text"],
    ["no end", (b) => delete b.validUntil, "validUntil is missing"],
    ["an end before its beginning", (b) => (b.validUntil = b.validFrom), "validUntil must be later"],
    ["a time of nowhere", (b) => (b.validFrom = "2026-01-01T00:00:00"), "validFrom must be a date"],
    ["an offset that no place has", (b) => (b.validFrom = "2026-01-01T00:00:00+15:00"), "validFrom is no day"],
    ["an offset of 70 minutes", (b) => (b.validFrom = "2026-01-01T00:00:00+01:70"), "validFrom is no day"],
    ["30 February in another place", (b) => (b.validUntil = "2026-02-30T01:00:00+02:00"), "validUntil is no day"],
    ["hour 25", (b) => (b.validUntil = "2026-02-20T25:00:00Z"), "validUntil is no day"],
    ["31 April", (b) => (b.validUntil = "2026-04-31T00:00:00Z"), "validUntil is no day"],
    ["a vendor with a slash", (b) => (b.credentialSubject.vendor = "a/b"), "vendor must be a name"],
    ["a broken status index", (b) => (b.credentialStatus[0].statusListIndex = 1.5), "must be a whole number"],
    [
      "a status index beyond all lists",
      (b) => (b.credentialStatus[0].statusListIndex = "9999999999"),
      "larger than any",
    ],
    ["a status of two bits", (b) => (b.credentialStatus[0].statusSize = 2), "statusSize must lie in 1..1"],
    ["a negative status index", (b) => (b.credentialStatus[0].statusListIndex = "-1"), "must be a decimal"],
    ["another status type", (b) => (b.credentialStatus[0].type = "TokenStatusList"), "must be one of"],
    [
      "an audience with a star inside",
      (b) => (b.credentialSubject.capabilities.audiences = ["https://*.x/"]),
      "audiences[0]",
    ],
    ["an audience of everything", (b) => (b.credentialSubject.capabilities.audiences = ["*"]), "audiences[0]"],
    ["no rate", (b) => (b.credentialSubject.capabilities.ratePerMinute = 0), "ratePerMinute must lie"],
    ["an empty range", (b) => (b.credentialSubject.capabilities.measurements[0].max = -41), "max is below min"],
    [
      "more grants than are read",
      (b) => (b.credentialSubject.capabilities.measurements = Array(65).fill({ name: "a" })),
      "0 to 64",
    ],
  ])("are refused with %s", (_, change, detail) => {
    expect(faultOf(change)).toContain(detail)
  })

  it.each<[string, (body: Loose) => void]>([
    ["an issuer as an object", (b) => (b.issuer = { id: b.issuer, name: "ACME", description: { "@value": "x" } })],
    ["names and descriptions", (b) => Object.assign(b, { name: "Pump", description: [{ "@value": "Pumpe" }] })],
    ["a name of its subject", (b) => (b.credentialSubject.name = "Pump 7")],
    ["a status index as a number", (b) => (b.credentialStatus[0].statusListIndex = 42)],
    ["a status of one bit", (b) => (b.credentialStatus[0].statusSize = 1)],
    ["+00:00", (b) => (b.validFrom = "2026-01-01T00:00:00+00:00")],
    ["another offset", (b) => (b.validFrom = "2026-01-01T05:30:00+05:30")],
    ["an offset into the day before", (b) => (b.validFrom = "2025-12-31T19:00:00-05:00")],
    ["fractions beyond milliseconds", (b) => (b.validFrom = "2026-01-01T00:00:00.000999999Z")],
  ])("are read the same with %s", (_, change) => {
    const token = issueCredential(input, ed)
    const body = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Loose
    change(body)
    const plain = verifyCredential(token)
    const read = verifyCredential(signClaims(body, ed.key, { kid: ed.kid, typ: VC_TYP }).toString())
    if ("reason" in read || "reason" in plain) throw new Error("refused")
    expect({ ...read.credential, hash: "" }).toEqual({ ...plain.credential, hash: "" })
  })

  it("are refused where they are too large, or of another type", () => {
    expect(readCredential("x".repeat(32 * 1024 + 1))).toHaveProperty("detail")
    const token = signClaims({}, ed.key, { kid: ed.kid, typ: "m2m-message+jwt" }).toString()
    expect(readCredential(token)).toHaveProperty("detail")
  })

  it("are not issued with another's key or with what nobody would read", () => {
    expect(() => issueCredential(input, { did: ed.did, key: other.key })).toThrow(TypeError)
    expect(() => issueCredential({ ...input, validUntil: FROM }, ed)).toThrow(/validUntil/)
  })
})

describe("outOfScope", () => {
  const read = readCredential(issueCredential(input, ed))
  if ("detail" in read) throw new Error(read.detail)
  const scope = bundleOf(ed).issuers[0]!
  it.each<[string, Partial<TrustedIssuer>, string | null]>([
    ["all granted", {}, null],
    ["a type not granted", { credentialTypes: [] }, "type AssayDeviceCredential"],
    ["another vendor", { vendors: ["other"] }, "vendor acme"],
    ["every vendor", { vendors: ["*"] }, null],
    ["an act not granted", { actions: ["event"] }, "action telemetry"],
    ["a measurement not granted", { measurements: ["q/*"] }, "measurement p/temp"],
    ["a measurement prefix", { measurements: ["p/*"] }, null],
    ["more assurance than it may attest", { maxAssurance: "claimed" }, "assurance software"],
  ])("%s", (_, over, expected) => {
    expect(outOfScope({ ...scope, ...over }, read.credential.terms)).toBe(expected)
  })
})
