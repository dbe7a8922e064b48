/** Chains of certificates: those that swtpm's authority made (vectors), and what an attacker would make of them. */
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Certificate, readCertificate, verifyChain } from "../../src/index.ts"
import { DerError } from "../../src/x509/der.ts"

const file = (name: string): Buffer => readFileSync(new URL(`../tpm2/vectors/${name}`, import.meta.url))
const der = (pem: string): Buffer => new X509Certificate(file(pem)).raw

const EK = file("ek-rsa.crt.der")
const ISSUER = der("issuercert.pem")
const ROOT = readCertificate(der("swtpm-localca-rootca-cert.pem"))
const TIME = Date.UTC(2027, 0, 1)
/** Subject directory attributes: makers describe the TPM in them. */
const understood = new Set(["2.5.29.9"])
const options = { roots: [ROOT], revoked: new Set<string>(), time: TIME, understood }
const changed = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1
  return copy
}
const hex = ({ hash }: Certificate): string => hash.toString("hex")

describe("made by an authority", () => {
  it.each([EK, file("ek-ecc.crt.der"), file("platform.crt.der")])(
    "a chain holds, with and without its root",
    (leaf) => {
      expect(verifyChain([leaf, ISSUER], options)).toMatchObject({ root: { hash: ROOT.hash } })
      expect(verifyChain([leaf, ISSUER, Buffer.from(ROOT.raw)], options)).toMatchObject({ root: { hash: ROOT.hash } })
    },
  )

  it("reads what node's own reader reads", () => {
    const [ours, theirs] = [readCertificate(EK), new X509Certificate(EK)]
    expect(ours.hash.toString("hex")).toBe(theirs.fingerprint256.replaceAll(":", "").toLowerCase())
    expect(ours.notBefore).toBe(theirs.validFromDate.getTime())
    expect(ours.notAfter).toBe(theirs.validToDate.getTime())
    expect(ours.isCa).toBe(theirs.ca)
    expect(ours.extendedUsage).toEqual(["2.23.133.8.1"])
  })
})

describe("refused", () => {
  it.each<readonly [string, ReadonlyArray<Buffer>, Partial<typeof options>, RegExp]>([
    ["no chain", [], {}, /0 certificates/],
    ["too many", Array(7).fill(ISSUER), {}, /7 certificates/],
    ["a root that nobody named", [EK, ISSUER], { roots: [] }, /no root/],
    ["an issuer that is missing", [EK], {}, /no root/],
    ["a changed leaf", [changed(EK, 300), ISSUER], {}, /no certificate|not issued by/],
    ["a changed signature", [changed(EK, EK.length - 5), ISSUER], {}, /not issued by/],
    ["a leaf as an issuer", [EK, EK, ISSUER], {}, /no CA/],
    ["a time before", [EK, ISSUER], { time: Date.UTC(2020, 0, 1) }, /not valid/],
    ["a revoked leaf", [EK, ISSUER], { revoked: new Set([hex(readCertificate(EK))]) }, /0 is revoked/],
    ["a revoked authority", [EK, ISSUER], { revoked: new Set([hex(readCertificate(ISSUER))]) }, /1 is revoked/],
    ["a revoked root", [EK, ISSUER], { revoked: new Set([hex(ROOT)]) }, /2 is revoked/],
    ["what is no certificate", [Buffer.from("30030101ff", "hex")], {}, /no certificate/],
  ])("%s", (_, chain, over, why) => {
    expect(verifyChain(chain, { ...options, ...over })).toMatch(why)
  })

  it("any changed byte, without another error", () => {
    fc.assert(
      fc.property(fc.nat(EK.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const copy = Buffer.from(EK)
        copy[at]! ^= bits
        expect(typeof verifyChain([copy, ISSUER], options)).toBe("string")
      }),
      { numRuns: 300 },
    )
  })

  it("bytes that are none, with a DerError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(() => readCertificate(bytes)).toThrow(DerError)
      }),
    )
  })
})
