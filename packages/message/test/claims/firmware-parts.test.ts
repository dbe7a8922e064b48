import { generateKeyPairSync } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { signClaims } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { coseMessage, openMessage, readFirmwareParts } from "../../src/index.ts"

const { privateKey } = generateKeyPairSync("ed25519")
const DID = encodeDidKey(publicKeyOf(privateKey))
const KID = `${DID}#${DID.slice(8)}`
const A = "aa".repeat(32)
const B = "bb".repeat(32)
const CLAIM = { vendor: "acme", class: "pump", digest: A, version: "1.0", svn: 1 }
const PARTS = {
  components: [
    { name: "main", digest: A },
    { name: "modem", digest: B },
  ],
  spare: { version: "0.9", svn: 0, digest: B },
}

const claimsWith = (fw: object) => ({
  iss: DID,
  aud: "urn:assay:demo",
  iat: 1_790_000_000,
  act: "telemetry" as const,
  epo: 0,
  seq: 0,
  prv: null,
  senml: [{ n: "temp", v: 21.5 }],
  fw,
})
const jws = (fw: object): Uint8Array => signClaims(claimsWith(fw), privateKey, { kid: KID, typ: "m2m-message+jwt" })
const cose = (fw: object): Uint8Array => coseMessage(claimsWith(fw), privateKey, KID)
const faultOf = (bytes: Uint8Array): string | null => {
  const opened = openMessage(bytes)
  if ("reason" in opened) return opened.detail
  return "reason" in opened.read ? opened.read.detail : null
}

describe.each([
  ["a JWS", jws],
  ["a COSE message", cose],
])("in %s the firmware claim", (_format, sign) => {
  it("may name components and the other slot, which stay in the signed bytes", () => {
    const bytes = sign({ ...CLAIM, ...PARTS })
    const opened = openMessage(bytes)
    if ("reason" in opened || "reason" in opened.read) throw new Error(faultOf(bytes)!)
    expect(opened.read.claims).toMatchObject({ fw: CLAIM })
    expect(readFirmwareParts(bytes)).toEqual(PARTS)
  })

  it("need not", () => {
    expect(faultOf(sign(CLAIM))).toBeNull()
    expect(readFirmwareParts(sign(CLAIM))).toEqual({ components: [], spare: null })
  })

  it.each([
    ["no component", { components: [] }, /components is not an array of 1 to 16/],
    ["a component twice", { components: [PARTS.components[0], PARTS.components[0]] }, /named twice/],
    ["another member of a slot", { spare: { ...PARTS.spare, svn: -1 } }, /svn of spare is not a count/],
    ["another member", { bootloader: A }, /fw/],
  ])("is refused with %s", (_what, parts, fault) => {
    expect(faultOf(sign({ ...CLAIM, ...parts }))).toMatch(fault)
  })
})

it("what is no message has none", () => {
  expect(readFirmwareParts(Buffer.from("x"))).toBeNull()
  expect(readFirmwareParts(Buffer.from([0xd2, 0x84]))).toBeNull()
})
