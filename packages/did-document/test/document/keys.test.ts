import { encodeDidKey, jwkOf, publicKeyOf } from "@assay/did"
import type { JsonObject } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { keysOf } from "../../src/index.ts"
import { keyOf } from "../webvh/logs.ts"

const DID = "did:web:id.example.com"
const multibase = (n: number): string => encodeDidKey(publicKeyOf(keyOf(n))).slice("did:key:".length)
const method = (n: number, more: JsonObject = {}): JsonObject => ({
  id: `${DID}#k${n}`,
  type: "Multikey",
  controller: DID,
  publicKeyMultibase: multibase(n),
  ...more,
})
const keys = (document: JsonObject) => keysOf(document, new Set([DID]))

describe("the keys of a document", () => {
  it("are for what the relationships say", () => {
    const found = keys({
      verificationMethod: [method(1), method(2), method(3)],
      assertionMethod: [`${DID}#k1`, "#k2"],
      authentication: [`${DID}#k1`],
    })
    expect(found).toMatchObject([
      { fragment: "k1", assertion: true, authentication: true, until: null },
      { fragment: "k2", assertion: true, authentication: false },
    ])
  })

  it("may stand in a relationship themselves, and are for that one alone", () => {
    expect(keys({ authentication: [method(1)] })).toMatchObject([
      { fragment: "k1", assertion: false, authentication: true },
    ])
  })

  it("are read from a JWK as from a multikey", () => {
    const { publicKeyMultibase: _, ...bare } = method(1)
    const jwk = { ...bare, type: "JsonWebKey", publicKeyJwk: jwkOf(publicKeyOf(keyOf(1))) }
    const [one] = keys({ verificationMethod: [jwk], assertionMethod: ["#k1"] }) as ReadonlyArray<{
      publicKey: Uint8Array
    }>
    const [other] = keys({ verificationMethod: [method(1)], assertionMethod: ["#k1"] }) as ReadonlyArray<{
      publicKey: Uint8Array
    }>
    expect(Buffer.from(one!.publicKey)).toEqual(Buffer.from(other!.publicKey))
  })

  it("end when they expire or are revoked, whichever comes first", () => {
    const document = {
      verificationMethod: [method(1, { expires: "2027-01-01T00:00:00Z", revoked: "2026-12-01T00:00:00Z" })],
      assertionMethod: ["#k1"],
    }
    expect(keys(document)).toMatchObject([{ until: Date.parse("2026-12-01T00:00:00Z") }])
    const odd = { verificationMethod: [method(1, { revoked: "yesterday" })], assertionMethod: ["#k1"] }
    expect(keys(odd)).toMatchObject({ reason: "document" })
  })

  it("are nobody else's: those of another subject or controller, and of kinds that sign nothing here, are passed over", () => {
    const document = {
      verificationMethod: [
        method(1, { controller: "did:web:other.example" }),
        method(2, { id: "did:web:other.example#k2" }),
        method(3, { publicKeyMultibase: "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc" }),
        method(4, { publicKeyMultibase: "z6Mk" }),
      ],
      assertionMethod: [`${DID}#k1`, "did:web:other.example#k2", "#k3", "#k4", "#k5", 7],
    }
    expect(keys(document)).toEqual([])
  })

  it("are at most four, each with an id of its own", () => {
    const many = {
      verificationMethod: [1, 2, 3, 4, 5].map((n) => method(n)),
      assertionMethod: ["#k1", "#k2", "#k3", "#k4", "#k5"],
    }
    expect(keys(many)).toMatchObject({ reason: "document" })
    expect(keys({ verificationMethod: [method(1), method(2, { id: "#k1" })] })).toMatchObject({ reason: "document" })
    expect(keys({ verificationMethod: {} })).toMatchObject({ reason: "document" })
    expect(keys({})).toEqual([])
  })
})
