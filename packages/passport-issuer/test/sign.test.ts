import { generateKeyPairSync } from "node:crypto"
import { encodeDidJwk, encodeDidKey, publicKeyOf } from "@assay/did"
import { isRefused, openPassport, openSnapshot, type Passport, type Slice } from "@assay/passport"
import { signerOfKey } from "@assay/signing"
import { describe, expect, it } from "vitest"
import { DEFAULT_LIMITS, filterOf, type PassportTerms, signPassport, signSnapshot } from "../src/index.ts"

const keyOf = (alg: string) =>
  (alg === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })).privateKey

const NOW = 1_900_000_000
const DOMAIN = "https://plant.example/"

const termsFor = (device: string): PassportTerms => ({
  sub: device,
  aud: DOMAIN,
  iat: NOW,
  exp: NOW + 3_600,
  jti: Buffer.alloc(8, 5).toString("base64url"),
  "ear.status": "none",
  m2m: {
    trust: "trusted",
    reputation: 90,
    zone: "pumps",
    class: "pump",
    assurance: "software",
    acts: ["telemetry", "event"],
    audiences: [`${DOMAIN}*`],
    log: null,
  },
})

const sliceOf = (signer: string): Slice => ({
  version: 1,
  issued: NOW * 1_000,
  expires: (NOW + 86_400) * 1_000,
  zone: "pumps",
  trustDomain: DOMAIN,
  policy: 1,
  signers: [signer],
  conduits: [],
  limits: DEFAULT_LIMITS,
})

describe.each(["Ed25519", "ES256"])("signed by an %s key", (alg) => {
  const signer = signerOfKey(keyOf(alg))
  const slice = sliceOf(signer.did)

  it.each(["Ed25519", "ES256"])("a passport of an %s device opens, in both forms alike", async (deviceAlg) => {
    const device = encodeDidJwk(publicKeyOf(keyOf(deviceAlg)))
    const { jwt, cwt, claims } = await signPassport(termsFor(device), signer)
    const [one, other] = [await openPassport(jwt, slice), await openPassport(cwt!, slice)] as [Passport, Passport]
    expect(one).toEqual({ ...claims, digest: expect.any(String) })
    expect(other).toEqual({ ...one, digest: other.digest })
  })

  it.each(["Ed25519", "ES256"])(
    "a passport names the %s key of a device whose document lists it",
    async (deviceAlg) => {
      const key = publicKeyOf(keyOf(deviceAlg))
      const { jwt, cwt } = await signPassport(termsFor("did:web:id.plant.example:one"), signer, key)
      for (const form of [jwt, cwt!])
        expect(await openPassport(form, slice)).toMatchObject({ cnf: { kid: encodeDidKey(key) } })
    },
  )

  it("a passport names no other key than that of the DID, where the DID is its key, and one where it is none", async () => {
    const [own, other] = [publicKeyOf(keyOf("Ed25519")), publicKeyOf(keyOf("Ed25519"))]
    for (const key of [own, other]) {
      const { jwt, cwt } = await signPassport(termsFor(encodeDidKey(own)), signer, key)
      for (const form of [jwt, cwt!])
        expect(await openPassport(form, slice)).toMatchObject({ reason: "passport.key_mismatch" })
    }
    await expect(signPassport(termsFor("did:web:id.plant.example:one"), signer)).rejects.toThrow(TypeError)
  })

  it("a snapshot opens, and names exactly whom it should", async () => {
    const revoked = Array.from({ length: 50 }, (_, i) => Buffer.from([i, 1, 2, 3, i, 5, 6, 7]).toString("base64url"))
    const bytes = await signSnapshot(
      { aud: DOMAIN, iat: NOW, version: 4, ...filterOf(revoked), nonce: Buffer.alloc(16, 1).toString("base64url") },
      signer,
    )
    const snapshot = await openSnapshot(bytes, slice, null)
    expect(isRefused(snapshot)).toBe(false)
    expect(snapshot).toMatchObject({ version: 4, iat: NOW, nonce: Buffer.alloc(16, 1).toString("base64url") })
  })
})

it("a passport whose names do not fit into 600 bytes is issued as JWT alone", async () => {
  const short = termsFor(encodeDidJwk(publicKeyOf(keyOf("ES256"))))
  const terms = { ...short, m2m: { ...short.m2m, audiences: [`${DOMAIN}${"a".repeat(300)}/*`] } }
  const { jwt, cwt } = await signPassport(terms, signerOfKey(keyOf("Ed25519")))
  expect(cwt).toBeNull()
  expect(jwt.length).toBeGreaterThan(600)
})

it("a device without a key gets none", async () => {
  await expect(signPassport(termsFor("did:web:plant.example"), signerOfKey(keyOf("Ed25519")))).rejects.toThrow(
    TypeError,
  )
})

it("the size of a filter tells little: it grows in steps", () => {
  expect(filterOf([]).filter.length).toBe(64)
  expect(filterOf(new Array(36).fill("AAAAAAAAAAA")).filter.length).toBe(64)
  expect(filterOf(new Array(37).fill("AAAAAAAAAAA")).filter.length).toBe(128)
})

it("names a key by its did:key", () => {
  const key = keyOf("ES256")
  expect(signerOfKey(key).did).toBe(encodeDidKey(publicKeyOf(key)))
})
