/** W3C Data Integrity EdDSA Cryptosuites 1.0, appendix B: the vector of eddsa-jcs-2022, and what breaks it. */
import type { JsonObject } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { signerOfProof } from "../../src/integrity/eddsa-jcs-2022.ts"

const KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"

const DOCUMENT: JsonObject = {
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
  id: "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
  type: ["VerifiableCredential", "AlumniCredential"],
  name: "Alumni Credential",
  description: "A minimum viable example of an Alumni Credential.",
  issuer: "https://vc.example/issuers/5678",
  validFrom: "2023-01-01T00:00:00Z",
  credentialSubject: { id: "did:example:abcdefgh", alumniOf: "The School of Examples" },
}

const PROOF: JsonObject = {
  "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
  type: "DataIntegrityProof",
  cryptosuite: "eddsa-jcs-2022",
  created: "2023-02-24T23:36:38Z",
  verificationMethod: `did:key:${KEY}#${KEY}`,
  proofPurpose: "assertionMethod",
  proofValue: "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX",
}

describe("the vector of eddsa-jcs-2022", () => {
  it("verifies", () => expect(signerOfProof(PROOF, DOCUMENT)).toEqual({ multikey: KEY }))

  it.each([
    ["another document", PROOF, { ...DOCUMENT, name: "Other" }],
    ["another time", { ...PROOF, created: "2023-02-24T23:36:39Z" }, DOCUMENT],
    ["another suite", { ...PROOF, cryptosuite: "ecdsa-jcs-2019" }, DOCUMENT],
    ["another type", { ...PROOF, type: "Ed25519Signature2020" }, DOCUMENT],
    ["another purpose", { ...PROOF, proofPurpose: "authentication" }, DOCUMENT],
    [
      "a method of another key in its fragment",
      { ...PROOF, verificationMethod: `did:key:${KEY}#z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG` },
      DOCUMENT,
    ],
    ["a method without fragment", { ...PROOF, verificationMethod: `did:key:${KEY}` }, DOCUMENT],
    ["a value in another base", { ...PROOF, proofValue: "u2HnF" }, DOCUMENT],
    ["no proof", undefined, DOCUMENT],
  ])("does not with %s", (_, proof, document) =>
    expect(signerOfProof(proof, document as JsonObject)).toHaveProperty("detail"),
  )
})
