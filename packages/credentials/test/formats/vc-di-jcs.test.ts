/**
 * The vectors of W3C Data Integrity EdDSA Cryptosuites 1.0 and ECDSA Cryptosuites 1.0 (REC 2025-05-15) for eddsa-jcs-2022 and
 * ecdsa-jcs-2019 with P-256. Their credentials are of another type than ours: what is signed is theirs all the same.
 */
import { resolveDeviceKey } from "@assay/did"
import { VALID, verifyNow } from "@assay/jose/verify"
import { describe, expect, it } from "vitest"
import { openDataIntegrity } from "../../src/formats/data-integrity.ts"

const CREDENTIAL = {
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
  id: "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
  type: ["VerifiableCredential", "AlumniCredential"],
  name: "Alumni Credential",
  description: "A minimum viable example of an Alumni Credential.",
  issuer: "https://vc.example/issuers/5678",
  validFrom: "2023-01-01T00:00:00Z",
  credentialSubject: { id: "did:example:abcdefgh", alumniOf: "The School of Examples" },
}
const EDDSA = {
  ...CREDENTIAL,
  proof: {
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    created: "2023-02-24T23:36:38Z",
    verificationMethod: "https://vc.example/issuers/5678#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
    proofPurpose: "assertionMethod",
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    proofValue: "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4",
  },
}
const ECDSA = {
  ...CREDENTIAL,
  proof: {
    type: "DataIntegrityProof",
    cryptosuite: "ecdsa-jcs-2019",
    created: "2023-02-24T23:36:38Z",
    verificationMethod:
      "did:key:zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP#zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP",
    proofPurpose: "assertionMethod",
    proofValue: "zq6PrUMCtqY5obCSsrQxuFJdGffCDxvFuopdZiBPUBRTFEs1VVsBZi8YiEwVWgHYrXxoV93gBHqGDBtQLPFxpZxz",
  },
}

const signedOf = (document: object) => {
  const opened = openDataIntegrity(JSON.stringify(document))
  if (!("claimed" in opened) || opened.claimed === undefined) throw new Error("it names no issuer")
  return { ...opened.claimed, detail: opened.detail }
}
const isSigned = (document: object, multikey: string): boolean => {
  const key = resolveDeviceKey(`did:key:${multikey}`)
  if ("reason" in key) throw new Error(key.detail)
  const { signed } = signedOf(document)
  return verifyNow(key, signed.signingInput, signed.signature) === VALID
}

const VECTORS = [
  ["vc-di-eddsa, section B.2", EDDSA, "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"],
  ["vc-di-ecdsa, ecdsa-jcs-2019 with P-256", ECDSA, "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"],
] as const

describe.each(VECTORS)("%s", (_, document, multikey) => {
  it("is signed as it says, by the key that it names, and is no device credential", () => {
    expect(isSigned(document, multikey)).toBe(true)
    const { issuer, signed, detail } = signedOf(document)
    expect(issuer).toBe("https://vc.example/issuers/5678")
    expect(signed.header.kid.endsWith(`#${multikey}`)).toBe(true)
    expect(detail).toBe("type must begin with VerifiableCredential, AssayDeviceCredential")
  })

  it.each([
    ["a member", { name: "Alumni credential" }],
    ["a member more", { extra: 1 }],
    ["a time of the proof", { proof: { ...document.proof, created: "2023-02-24T23:36:39Z" } }],
  ])("is not signed with %s changed", (_, change) => {
    expect(isSigned({ ...document, ...change }, multikey)).toBe(false)
  })

  it.each([
    ["another suite", { cryptosuite: "eddsa-rdfc-2022" }, "proof.cryptosuite must be one of"],
    ["another purpose", { proofPurpose: "authentication" }, "proof.proofPurpose must be one of"],
    ["a domain", { domain: "https://elsewhere.example" }, "proof.domain is not a known key"],
    ["a proof before it", { previousProof: "urn:1" }, "proof.previousProof is not a known key"],
    ["a value of another base", { proofValue: "uAAAA" }, "proof.proofValue must be base58btc"],
    ["a value that is too short", { proofValue: "z2222" }, "proof.proofValue must have 64 bytes"],
    ["a context of its own", { "@context": ["https://elsewhere.example"] }, "proof.@context must begin"],
  ])("is refused with %s, and where it stands is said", (_, change, detail) => {
    const opened = openDataIntegrity(JSON.stringify({ ...document, proof: { ...document.proof, ...change } }))
    expect(opened).toHaveProperty("detail", expect.stringContaining(detail))
  })

  it("is refused without a proof, or with several", () => {
    expect(openDataIntegrity(JSON.stringify({ ...document, proof: undefined }))).toHaveProperty(
      "detail",
      "proof is missing",
    )
    expect(openDataIntegrity(JSON.stringify({ ...document, proof: [document.proof] }))).toHaveProperty(
      "detail",
      "proof must be an object",
    )
  })
})
