/** Evidence that a software TPM and tpm2-tools made (vectors), and what an attacker would make of it. */
import { generateKeyPairSync } from "node:crypto"
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  verifyCertification as certify,
  openPublicArea,
  type PublicArea,
  verifyQuote as quote,
  type Refused,
  type Signed,
} from "../../src/index.ts"

const file = (name: string): Buffer => readFileSync(new URL(`vectors/${name}`, import.meta.url))
/** TPM2B_PUBLIC as tpm2-tools writes it: a length, then TPMT_PUBLIC. */
const area = (name: string): Buffer => file(name).subarray(2)

/** As it travels: the key in bytes. */
interface Evidence extends Omit<Signed, "attestationKey"> {
  readonly attestationKey: Uint8Array
}

const withKey = <Found>({ attestationKey, ...rest }: Evidence, check: (signed: Signed) => Found): Found | Refused => {
  const key = openPublicArea(attestationKey)
  return "reason" in key ? key : check({ ...rest, attestationKey: key })
}
const verifyQuote = (evidence: Evidence, pcrs: ReadonlyMap<number, Uint8Array>) =>
  withKey(evidence, (signed) => quote(signed, pcrs))
const verifyCertification = (evidence: Evidence, certified: Uint8Array) =>
  withKey(evidence, (signed) => certify(signed, certified))
const nameOf = (bytes: Uint8Array): Buffer => Buffer.from((openPublicArea(bytes) as PublicArea).name)

const NONCE = Buffer.from(file("nonce.hex").toString().trim(), "hex")
const values = file("pcrs.values")
const PCRS = new Map(Array.from({ length: values.length / 32 }, (_, n) => [n, values.subarray(n * 32, n * 32 + 32)]))

const QUOTE: Evidence = {
  attest: file("quote.attest"),
  signature: file("quote.sig"),
  attestationKey: file("ak.tpmt"),
  nonce: NONCE,
}
const CERTIFIED: Evidence = {
  attest: file("certify.attest"),
  signature: file("certify.sig"),
  attestationKey: file("ak.tpmt"),
  nonce: Buffer.from("00ff55aa", "hex"),
}

const flipped = (bytes: Uint8Array, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1
  return copy
}
const with16 = (bytes: Uint8Array, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt16BE(value, at)
  return copy
}
const reasonOf = (found: object): string | null => ("reason" in found ? (found.reason as string) : null)

describe("made by a TPM", () => {
  it("a quote by P-256 holds, and says what it says", () => {
    expect(verifyQuote(QUOTE, PCRS)).toMatchObject({ kind: "quote", resetCount: 4, restartCount: 0, safe: true })
  })
  it("a quote by RSA holds", () => {
    const byRsa = {
      ...QUOTE,
      attest: file("quote-rsa.attest"),
      signature: file("quote-rsa.sig"),
      attestationKey: area("akr.tss"),
    }
    expect(reasonOf(verifyQuote(byRsa, PCRS))).toBeNull()
  })
  it("a certified key holds, and has the name that the TPM gave it", () => {
    const key = verifyCertification(CERTIFIED, file("dev.tpmt"))
    expect(reasonOf(key)).toBeNull()
    expect(nameOf(file("dev.tpmt"))).toEqual(file("dev.name"))
    expect(nameOf(file("ak.tpmt"))).toEqual(file("ak.name"))
  })
})

const other = (): Buffer => {
  // The same kind of key, of nobody's TPM.
  const { x, y } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" })
  const copy = file("ak.tpmt")
  Buffer.from(x!, "base64url").copy(copy, copy.length - 66)
  Buffer.from(y!, "base64url").copy(copy, copy.length - 32)
  return copy
}

describe("refused", () => {
  it.each<readonly [string, Partial<Evidence>, string]>([
    ["a quote for another challenge", { nonce: Buffer.alloc(32, 1) }, "tpm.nonce_mismatch"],
    ["a quote under the key of another TPM", { attestationKey: other() }, "tpm.signature_invalid"],
    [
      "a quote of the owner's key under another key",
      { attest: file("quote-owner.attest"), signature: file("quote-owner.sig") },
      "tpm.signature_invalid",
    ],
    ["a changed quote", { attest: flipped(file("quote.attest"), 100) }, "tpm.signature_invalid"],
    ["a changed signature", { signature: flipped(file("quote.sig"), 20) }, "tpm.signature_invalid"],
    ["SHA-1", { signature: with16(file("quote.sig"), 2, 0x0004) }, "tpm.algorithm_refused"],
    ["RSA where the key is P-256", { signature: file("quote-rsa.sig") }, "tpm.algorithm_refused"],
    ["a key that signs whatever it is given", { attestationKey: file("dev.tpmt") }, "tpm.key_refused"],
    ["a certification for a quote", { ...CERTIFIED }, "tpm.malformed"],
    ["nothing for a key", { attestationKey: Buffer.alloc(0) }, "tpm.malformed"],
    ["nothing for a signature", { signature: Buffer.alloc(0) }, "tpm.malformed"],
  ])("%s", (_, changes, reason) => {
    expect(reasonOf(verifyQuote({ ...QUOTE, ...changes }, PCRS))).toBe(reason)
  })

  it("values that are not those of the quote, fewer, and others", () => {
    const changed = new Map(PCRS).set(7, Buffer.alloc(32))
    expect(reasonOf(verifyQuote(QUOTE, changed))).toBe("tpm.pcr_mismatch")
    expect(reasonOf(verifyQuote(QUOTE, new Map([...PCRS].slice(1))))).toBe("tpm.pcr_refused")
    expect(reasonOf(verifyQuote(QUOTE, new Map(PCRS).set(23, Buffer.alloc(32))))).toBe("tpm.pcr_refused")
  })

  it("a key that another one was certified for, or that may leave the TPM", () => {
    expect(reasonOf(verifyCertification(CERTIFIED, file("ak.tpmt")))).toBe("tpm.name_mismatch")
    const loose = file("dev.tpmt")
    loose.writeUInt32BE(loose.readUInt32BE(4) & ~2, 4)
    expect(reasonOf(verifyCertification(CERTIFIED, loose))).toBe("tpm.name_mismatch")
    expect(reasonOf(verifyCertification(QUOTE, file("dev.tpmt")))).toBe("tpm.malformed")
  })

  it("anything else, without a throw", () => {
    const part = fc.constantFrom<"attest" | "signature" | "attestationKey">("attest", "signature", "attestationKey")
    fc.assert(
      fc.property(part, fc.nat(), fc.uint8Array({ maxLength: 8 }), (name, place, bytes) => {
        const copy = Buffer.from(QUOTE[name])
        const at = place % copy.length
        const cut = Buffer.concat([copy.subarray(0, at), bytes])
        expect(reasonOf(verifyQuote({ ...QUOTE, [name]: cut }, PCRS))).not.toBeNull()
      }),
      { numRuns: 500 },
    )
  })
})
