/** COSE receipts (RFC 9942), made and read; and built by hand from the text of the RFC. */
import { createHash, generateKeyPairSync, sign, verify } from "node:crypto"
import { describe, expect, test } from "vitest"
import { encodeCbor } from "../../src/cbor/encode.ts"
import { parseReceipt, signReceipt } from "../../src/receipt/receipt.ts"

const { privateKey, publicKey } = generateKeyPairSync("ed25519")
const key = { alg: "Ed25519" as const, sign: async (data: Uint8Array) => sign(null, data, privateKey) }
const hash = (text: string): Buffer => createHash("sha256").update(text).digest()
const ROOT = hash("root")
const PROOF = { size: 20, index: 17, path: [hash("a"), hash("b"), hash("c")] }
const NAMED = { kid: Buffer.from("log key"), issuer: "plant.example/log" }

const made = (): Promise<Buffer> => signReceipt(PROOF, ROOT, key, NAMED)

describe("a receipt", () => {
  test("says what it was made of, and is signed over the root that it does not carry", async () => {
    const bytes = await made()
    expect(bytes.includes(ROOT)).toBe(false)
    const receipt = parseReceipt(bytes)
    if ("reason" in receipt) throw new Error(receipt.detail)
    expect(receipt).toMatchObject({ alg: "Ed25519", issuer: NAMED.issuer, size: 20, index: 17 })
    expect(receipt.path.map((one) => Buffer.from(one))).toEqual(PROOF.path)
    expect(Buffer.from(receipt.kid!)).toEqual(NAMED.kid)
    expect(verify(null, receipt.signingInput(ROOT), publicKey, receipt.signature)).toBe(true)
    expect(verify(null, receipt.signingInput(hash("other")), publicKey, receipt.signature)).toBe(false)
  })

  test("has the bytes of the RFC's structure: tag 18, vds 395 = 1, vdp 396 = {-1: [proof]}, no payload", async () => {
    // By hand: heads of CBOR, written out, so that one mistake is not made twice.
    const header = Buffer.concat([
      Buffer.from("a4", "hex"),
      Buffer.from("0132", "hex"), // 1: -19
      Buffer.from("0447", "hex"),
      NAMED.kid,
      Buffer.from("0fa10171", "hex"), // 15: {1: text of 17}
      Buffer.from(NAMED.issuer),
      Buffer.from("19018b01", "hex"), // 395: 1
    ])
    const proof = Buffer.concat([
      Buffer.from("83141183", "hex"), // [20, 17, [3
      ...PROOF.path.flatMap((one) => [Buffer.from("5820", "hex"), one]),
    ])
    const signed = Buffer.concat([
      Buffer.from("846a5369676e617475726531", "hex"), // ["Signature1",
      Buffer.from([0x58, header.length]),
      header,
      Buffer.from("40", "hex"), // no external data
      Buffer.from("5820", "hex"),
      ROOT,
    ])
    const expected = Buffer.concat([
      Buffer.from("d284", "hex"),
      Buffer.from([0x58, header.length]),
      header,
      Buffer.from("a119018ca12081", "hex"), // {396: {-1: [
      Buffer.from([0x58, proof.length]),
      proof,
      Buffer.from("f65840", "hex"), // nil, signature
      sign(null, signed, privateKey),
    ])
    expect((await made()).toString("hex")).toBe(expected.toString("hex"))
  })

  test("of others is read: older algorithm ids, no kid, no claims, keys in any order", () => {
    const header = encodeCbor(
      new Map([
        [1, -8],
        [395, 1],
      ]),
    )
    const proof = encodeCbor([1, 0, []])
    const unprotected = new Map([[396, new Map([[-1, [proof]]])]])
    const bytes = Buffer.concat([Buffer.of(0xd2), encodeCbor([header, unprotected, null, Buffer.alloc(64)])])
    expect(parseReceipt(bytes)).toMatchObject({ alg: "Ed25519", kid: null, issuer: null, size: 1, index: 0, path: [] })
  })

  test.each([
    ["another structure", { 395: 2 }, {}],
    ["an unknown header", { 395: 1, 99: 1 }, {}],
    ["an algorithm that is none", { 1: -6, 395: 1 }, {}],
    ["an index beyond the tree", { 395: 1 }, { proof: [4, 4, []] }],
    ["a hash that is short", { 395: 1 }, { proof: [4, 0, [Buffer.alloc(31)]] }],
    ["a payload", { 395: 1 }, { payload: Buffer.alloc(32) }],
    ["a proof of consistency", { 395: 1 }, { type: -2 }],
  ] as ReadonlyArray<
    readonly [string, Record<number, number>, { proof?: Array<never>; payload?: Buffer; type?: number }]
  >)("with %s is refused", (_, header, { proof = [4, 0, []], payload = null, type = -1 }) => {
    const entries = Object.entries({ 1: -19, ...header }).map(([label, value]) => [Number(label), value] as const)
    const unprotected = new Map([[396, new Map([[type, [encodeCbor(proof)]]])]])
    const bytes = encodeCbor([encodeCbor(new Map(entries)), unprotected, payload, Buffer.alloc(64)])
    expect(parseReceipt(Buffer.concat([Buffer.of(0xd2), bytes]))).toHaveProperty("reason")
  })

  test("cut or changed bytes never throw", async () => {
    const bytes = await made()
    for (let at = 0; at < bytes.length; at++) parseReceipt(bytes.subarray(0, at))
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 0xff
      parseReceipt(changed)
    }
  })
})
