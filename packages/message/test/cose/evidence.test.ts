/** Evidence of hardware as COSE: it reads as the same evidence in a JWS would, and each member has one form. */
import { generateKeyPairSync } from "node:crypto"
import { type Encodable, encodeCbor, signSign1 } from "@assay/cose"
import { encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { signClaims } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { kidBytesOf } from "../../src/cose/issuer.ts"
import { type CoseClaims, coseMessage, openMessage, readEvidenceBytes } from "../../src/index.ts"

const { privateKey } = generateKeyPairSync("ed25519")
const pub = publicKeyOf(privateKey)
const DID = encodeDidKey(pub)
const key = resolveDeviceKey(DID)
if ("reason" in key) throw new Error(key.detail)
const { kid } = key

const EVIDENCE = {
  format: "tpm2",
  quote: "AAEC",
  pcrs: { 0: "BQYH", 16: "CAkK" },
  endorsement: "a.b.c",
  chain: ["AwQ", "_-8"],
}
const CLAIMS: CoseClaims = {
  iss: DID,
  aud: "urn:assay:demo",
  iat: 1_790_000_000,
  epo: 3,
  challenge: "x.y.z",
  evidence: EVIDENCE,
}

const openedOf = (bytes: Uint8Array) => {
  const opened = openMessage(bytes)
  if ("reason" in opened) throw new Error(opened.detail)
  return opened.read
}
/** As a device would write it that goes its own way. */
const signed = (payload: ReadonlyArray<readonly [number | string, Encodable]>, typ = "m2m-evidence+cwt"): Buffer =>
  signSign1(encodeCbor(new Map(payload)), privateKey, { kid: kidBytesOf(kid, pub), typ })
const common = [
  [3, "urn:assay:demo"],
  [6, 1_790_000_000],
] as const
const ev = (evidence: Encodable, ...more: ReadonlyArray<readonly [number, Encodable]>): Buffer =>
  signed([...common, ["ev", new Map<number, Encodable>([[0, 3], [1, "x.y.z"], [2, evidence], ...more])]])

describe("evidence in COSE", () => {
  it("says what it says in a JWS, claims and evidence alike", () => {
    const cose = coseMessage(CLAIMS, privateKey, kid)
    const jws = signClaims(CLAIMS, privateKey, { kid, typ: "m2m-evidence+jwt" })
    const [one, other] = [openedOf(cose), openedOf(jws)]
    if ("reason" in one || "reason" in other) throw new Error("both are whole")
    expect({ ...one.claims, digest: "" }).toEqual({ ...other.claims, digest: "" })
    expect(one.claims).toMatchObject({ kind: "evidence", format: "tpm2", epo: 3, iss: DID })
    expect(readEvidenceBytes(cose)).toEqual({ challenge: "x.y.z", evidence: EVIDENCE })
    expect(readEvidenceBytes(cose)).toEqual(readEvidenceBytes(jws))
    expect(cose.length).toBeLessThan(0.6 * jws.length)
  })

  it.each<[string, Encodable, string]>([
    [
      "bytes as text",
      new Map([
        ["format", "tpm2"],
        ["quote", "AAEC"],
      ]),
      "quote is not a byte string",
    ],
    ["text as bytes", new Map<string, Encodable>([["format", Buffer.from("tpm2")]]), "format is not a text"],
    [
      "a number",
      new Map<string, Encodable>([
        ["format", "tpm2"],
        ["quote", 7],
      ]),
      "quote is not",
    ],
    ["a list in a list", new Map<string, Encodable>([["chain", [[Buffer.of(1)]]]]), "chain is not"],
    ["a table by name", new Map<string, Encodable>([["pcrs", new Map([["0", Buffer.of(1)]])]]), "pcrs is not"],
    ["a table below 0", new Map<string, Encodable>([["pcrs", new Map([[-1, Buffer.of(1)]])]]), "pcrs is not"],
    ["a member without a name", new Map<number, Encodable>([[5, Buffer.of(1)]]), "no name"],
    ["a prototype", new Map<string, Encodable>([["__proto__", Buffer.of(1)]]), "no name"],
    ["no map", [1, 2], "evidence (2) is not a map"],
  ])("refuses %s: one form for each member", (_, evidence, why) => {
    expect(openedOf(ev(evidence))).toMatchObject({
      reason: "malformed_claims",
      detail: expect.stringContaining(why),
      iss: DID,
    })
    expect(readEvidenceBytes(ev(evidence))).toBeNull()
  })

  it("is closed: nothing unknown, nothing missing, and no second kind beside it", () => {
    const whole = new Map<string, Encodable>([["format", "tpm2"]])
    expect(openedOf(ev(whole))).toMatchObject({ claims: { kind: "evidence" } })
    expect(openedOf(ev(whole, [7, 1]))).toMatchObject({ detail: "ev carries 7" })
    expect(openedOf(signed([...common, ["ev", 1]]))).toMatchObject({ detail: "ev is not a map" })
    expect(openedOf(signed([...common, ["ev", new Map([[2, whole]])]]))).toMatchObject({ detail: "epo is not a count" })
    expect(openedOf(signed([...common, ["ev", new Map()], ["vc", ["a.b.c"]]]))).toMatchObject({
      detail: "vc and ev stand beside each other",
    })
    expect(openedOf(signed([...common, [2, "pump"], ["ev", new Map<number, Encodable>([[2, whole]])]]))).toMatchObject({
      detail: expect.stringContaining("sub"),
    })
  })

  it("is no message and no presentation, and neither of them is evidence", () => {
    const shown = new Map<number, Encodable>([[2, new Map([["format", "x"]])]])
    for (const typ of ["m2m+cwt", "m2m-presentation+cwt"])
      expect(openedOf(signed([...common, ["ev", shown]], typ))).toHaveProperty("reason")
    expect(openedOf(signed([...common, ["vc", ["a.b.c"]]]))).toHaveProperty("reason")
    expect(readEvidenceBytes(Buffer.from("a.b.c"))).toBeNull()
    expect(readEvidenceBytes(Buffer.of(0xd2))).toBeNull()
  })
})
