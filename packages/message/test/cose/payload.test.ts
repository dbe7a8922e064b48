/** What is wrong with a COSE message is said as precisely as in a JWS. */
import { generateKeyPairSync } from "node:crypto"
import { type Encodable, encodeCbor, signSign1 } from "@assay/cose"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { describe, expect, it } from "vitest"
import { kidBytesOf } from "../../src/cose/issuer.ts"
import { claimedIssuer, openMessage } from "../../src/index.ts"

const { privateKey } = generateKeyPairSync("ed25519")
const pub = publicKeyOf(privateKey)
const DID = encodeDidKey(pub)
const KID = kidBytesOf(`${DID}#${DID.slice(8)}`, pub)
const map = (entries: ReadonlyArray<readonly [number | string, Encodable]>): Map<number | string, Encodable> =>
  new Map(entries)

const OWN: ReadonlyArray<readonly [number, Encodable]> = [
  [0, 0],
  [1, 0],
  [2, 1],
  [3, Buffer.alloc(32, 1)],
  [
    4,
    [
      map([
        [0, "temp"],
        [2, 21.5],
      ]),
    ],
  ],
]
const own = (...changed: ReadonlyArray<readonly [number | string, Encodable | undefined]>): Encodable => {
  const found = map(OWN)
  for (const [key, value] of changed) value === undefined ? found.delete(key) : found.set(key, value)
  return found
}
const payload = (m2m: Encodable, ...more: ReadonlyArray<readonly [number | string, Encodable]>): Encodable =>
  map([[3, "urn:assay:demo"], [6, 1_790_000_000], ["m2m", m2m], ...more])

const open = (claims: Encodable, kid: Uint8Array = KID, typ = "m2m+cwt") =>
  openMessage(signSign1(encodeCbor(claims), privateKey, { kid, typ }))
const refusal = (...args: Parameters<typeof open>) => {
  const opened = open(...args)
  if ("reason" in opened) return opened
  return "reason" in opened.read ? opened.read : null
}

describe("the payload of a COSE message", () => {
  it("is taken where nothing is wrong", () => {
    expect(refusal(payload(own()))).toBeNull()
    expect(refusal(payload(own([3, undefined], [2, 0])))).toBeNull()
    expect(refusal(payload(own([3, null], [2, 0])))).toBeNull()
  })

  it.each<[string, Encodable, string]>([
    ["no map", [], "the payload is not a map"],
    ["a claim of CWT that means something else here", payload(own(), [4, 1_800_000_000]), "the payload carries 4"],
    [
      "no own map",
      map([
        [3, "urn:a"],
        [6, 1],
      ]),
      "m2m is not a map",
    ],
    ["both kinds", payload(own(), ["vc", ["a.b.c"]]), "m2m and vc stand beside each other"],
    ["an own key that is not known", payload(own([7, 1])), "m2m carries 7"],
    ["an act by name", payload(own([0, "telemetry"])), "act (0) is not a number from 0 to 4"],
    ["an act that is none", payload(own([0, 5])), "act (0) is not a number from 0 to 4"],
    ["a prv as text", payload(own([3, "A".repeat(43)])), "prv (3) is neither null nor a byte string"],
    ["a prv that is too short", payload(own([3, Buffer.alloc(31)])), "prv is not a base64url SHA-256"],
    ["no prv behind the first message", payload(own([3, undefined])), "prv is missing"],
    ["no epoch", payload(own([1, undefined])), "epo is not a count"],
    ["a pack that is none", payload(own([4, "x"])), "senml is not an array"],
    [
      "a label as text",
      payload(
        own([
          4,
          [
            map([
              ["n", "temp"],
              [2, 1],
            ]),
          ],
        ]),
      ),
      "senml record 0 spells n as a text",
    ],
    ["a body beside telemetry", payload(own([5, map([])])), "telemetry has no body"],
    [
      "a body with bytes",
      payload(own([0, 1], [4, undefined], [5, map([["a", Buffer.alloc(1)]])])),
      "body (5) has no JSON form",
    ],
    [
      "a body with numbers as keys",
      payload(own([0, 1], [4, undefined], [5, map([[1, 1]])])),
      "body (5) has no JSON form",
    ],
    ["firmware without its digest", payload(own([6, map([[0, "a"]])])), "fw has no class (1)"],
  ])("names %s", (_, claims, detail) => {
    const found = refusal(claims)
    expect(found).toMatchObject({ reason: "malformed_claims" })
    expect(found!.detail).toContain(detail)
    // Whose mistake it is, the signature says: that of the key in kid.
    expect((found as { iss?: string }).iss).toBe(DID)
  })

  it.each<[string, Encodable, string]>([
    ["a reading without a value", [map([[0, "temp"]])], "senml record 0 does not have exactly one of v, vs, vb, vd"],
    [
      "a value of no type",
      [
        map([
          [0, "temp"],
          [2, Buffer.alloc(1)],
        ]),
      ],
      "senml record 0 has a v that is not a number",
    ],
    [
      "data as text",
      [
        map([
          [0, "temp"],
          [8, "AA"],
        ]),
      ],
      "senml record 0 has a vd that is not base64url",
    ],
    ["a record that is none", [1], "senml record 0 is not an object"],
    [
      "what must be understood",
      [
        map([
          [0, "temp"],
          [2, 1],
          ["x_", 1],
        ]),
      ],
      "senml record 0 carries",
    ],
  ])("verifies first, then names %s", (_, pack, fault) => {
    const opened = open(payload(own([4, pack])))
    if ("reason" in opened || "reason" in opened.read) throw new Error("the message is whole")
    expect(opened.read.fault).toContain(fault)
  })

  it("passes over what SenML lets pass over", () => {
    const opened = open(
      payload(
        own([
          4,
          [
            map([
              [0, "temp"],
              [2, 1],
              [40, 1],
              ["later", 2],
            ]),
          ],
        ]),
      ),
    )
    if ("reason" in opened || "reason" in opened.read) throw new Error("the message is whole")
    expect(opened.read).toMatchObject({ fault: null, readings: [{ name: "temp", value: 1 }] })
  })
})

describe("whose message it is", () => {
  it("has one form for each DID", () => {
    expect(refusal(payload(own(), [1, DID]))).toMatchObject({ detail: expect.stringContaining("leave it out") })
    expect(refusal(payload(own(), [1, DID]), Buffer.from(`${DID}#x`))).toMatchObject({
      detail: expect.stringContaining("let kid be"),
    })
    expect(refusal(payload(own()), Buffer.from("did:web:a#k"))).toMatchObject({ detail: "iss (1) is not a text" })
    expect(refusal(payload(own()), Buffer.of(0xff, 0xfe))).toMatchObject({
      detail: expect.stringContaining("kid is neither"),
    })
  })

  it("is not guessed where it cannot be read", () => {
    expect(claimedIssuer(Buffer.of(0xd2))).toBeNull()
    expect(claimedIssuer(signSign1(Buffer.of(0xff), privateKey, { kid: Buffer.from("x"), typ: "m2m+cwt" }))).toBeNull()
  })

  it("a passport is no message, and a message no presentation", () => {
    expect(refusal(payload(own()), KID, "m2m-passport+cwt")).toMatchObject({ reason: "typ_refused" })
    expect(refusal(payload(own()), KID, "m2m-presentation+cwt")).toMatchObject({ reason: "malformed_claims" })
  })
})
