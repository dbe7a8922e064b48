/** RFC 9052, appendix C.2.1, and section 4.4: what a COSE_Sign1 signs, by a signature that others made. */
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto"
import { describe, expect, it } from "vitest"
import { encodeCbor, parseSign1, signingInputOf, signSign1 } from "../../src/index.ts"

const TYPS = ["m2m+cwt"]
const PROTECTED = Buffer.from("a10126", "hex")
const PAYLOAD = Buffer.from("This is the content.")
const SIGNATURE = Buffer.from(
  "8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e" +
    "2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36",
  "hex",
)
const KEY = createPublicKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    x: Buffer.from("bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff", "hex").toString("base64url"),
    y: Buffer.from("20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e", "hex").toString("base64url"),
  },
})

const tagged = (...parts: ReadonlyArray<Parameters<typeof encodeCbor>[0]>): Buffer =>
  Buffer.concat([Buffer.of(0xd2), encodeCbor(parts)])

const { privateKey, publicKey } = generateKeyPairSync("ed25519")
const made = signSign1(PAYLOAD, privateKey, { kid: Buffer.from("k"), typ: "m2m+cwt" })
const header = (entries: ReadonlyArray<readonly [number | string, number | string | Buffer]>): Buffer =>
  encodeCbor(new Map(entries))
const GOOD = header([
  [1, -19],
  [4, Buffer.from("k")],
  [16, "m2m+cwt"],
])
const parsed = (...parts: ReadonlyArray<Parameters<typeof encodeCbor>[0]>) => parseSign1(tagged(...parts), TYPS)

describe("RFC 9052", () => {
  it("appendix C.2.1: the signature holds over our Sig_structure", () => {
    const input = signingInputOf(PROTECTED, PAYLOAD)
    expect(verify("sha256", input, { key: KEY, dsaEncoding: "ieee-p1363" }, SIGNATURE)).toBe(true)
  })

  it("appendix C.2.1 itself is refused: its kid is unprotected", () => {
    const message = tagged(PROTECTED, new Map([[4, Buffer.from("11")]]), PAYLOAD, SIGNATURE)
    expect(parseSign1(message, TYPS)).toMatchObject({ reason: "header_refused" })
  })

  it.each([24, 255, 256, 65_535, 65_536])(
    "section 4.4: a payload of %d bytes has the head that CBOR gives it",
    (size) => {
      const payload = Buffer.alloc(size, 7)
      expect(signingInputOf(GOOD, payload)).toEqual(encodeCbor(["Signature1", GOOD, Buffer.alloc(0), payload]))
    },
  )

  it("what we make, we read, and the signature holds", () => {
    const found = parseSign1(made, TYPS)
    if ("reason" in found) throw new Error(found.detail)
    expect(found).toMatchObject({ alg: "Ed25519", typ: "m2m+cwt", kid: Buffer.from("k"), payload: PAYLOAD })
    expect(verify(null, found.signingInput, publicKey, found.signature)).toBe(true)
  })

  it.each([
    [-19, "Ed25519"],
    [-8, "Ed25519"],
    [-9, "ES256"],
    [-7, "ES256"],
  ])("alg %d is %s (RFC 9864)", (alg, name) => {
    const found = parsed(
      header([
        [1, alg],
        [4, Buffer.from("k")],
        [16, "m2m+cwt"],
      ]),
      new Map(),
      PAYLOAD,
      Buffer.alloc(64),
    )
    expect(found).toMatchObject({ alg: name })
  })

  it.each([
    [
      "another alg",
      header([
        [1, -35],
        [4, Buffer.from("k")],
        [16, "m2m+cwt"],
      ]),
      "alg_refused",
    ],
    [
      "no alg",
      header([
        [4, Buffer.from("k")],
        [16, "m2m+cwt"],
      ]),
      "alg_refused",
    ],
    [
      "another typ",
      header([
        [1, -19],
        [4, Buffer.from("k")],
        [16, "m2m-passport+cwt"],
      ]),
      "typ_refused",
    ],
    [
      "no typ",
      header([
        [1, -19],
        [4, Buffer.from("k")],
      ]),
      "typ_refused",
    ],
    [
      "no kid",
      header([
        [1, -19],
        [16, "m2m+cwt"],
      ]),
      "header_refused",
    ],
    [
      "a kid that is text",
      header([
        [1, -19],
        [4, "k"],
        [16, "m2m+cwt"],
      ]),
      "header_refused",
    ],
    [
      "crit",
      header([
        [1, -19],
        [2, Buffer.alloc(1)],
        [4, Buffer.from("k")],
        [16, "m2m+cwt"],
      ]),
      "header_refused",
    ],
    ["an empty header", Buffer.alloc(0), "malformed_cose"],
    ["a header that is no map", Buffer.of(0x80), "malformed_cose"],
  ])("refuses %s", (_, found, reason) => {
    expect(parsed(found, new Map(), PAYLOAD, Buffer.alloc(64))).toMatchObject({ reason })
  })

  it.each([
    ["an unprotected header", [GOOD, new Map([[1, -19]]), PAYLOAD, Buffer.alloc(64)], "header_refused"],
    ["a detached payload", [GOOD, new Map(), null, Buffer.alloc(64)], "malformed_cose"],
    ["a short signature", [GOOD, new Map(), PAYLOAD, Buffer.alloc(63)], "malformed_cose"],
    ["three parts", [GOOD, new Map(), PAYLOAD], "malformed_cose"],
    ["five parts", [GOOD, new Map(), PAYLOAD, Buffer.alloc(64), 0], "malformed_cose"],
  ] as const)("refuses %s", (_, parts, reason) => {
    expect(parsed(...(parts as unknown as ReadonlyArray<never>))).toMatchObject({ reason })
  })

  it("refuses what is not tagged, goes on behind its end, or is too large", () => {
    expect(parseSign1(made.subarray(1), TYPS)).toMatchObject({ reason: "malformed_cose" })
    expect(parseSign1(Buffer.concat([made, Buffer.of(0)]), TYPS)).toMatchObject({ reason: "malformed_cose" })
    expect(parseSign1(Buffer.alloc(256 * 1024 + 1, 0xd2), TYPS)).toMatchObject({ reason: "too_large" })
  })
})
