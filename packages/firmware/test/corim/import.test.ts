import { createPublicKey, generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { importCorim } from "../../src/index.ts"
import { KEY, SIGNED, UNSIGNED } from "./examples.ts"

const key = createPublicKey({ key: { kty: "EC", crv: "P-256", ...KEY }, format: "jwk" })
const terms = { keys: [key], vendor: null, model: null }
const from = (hex: string, changes: Partial<typeof terms> = {}) =>
  importCorim(Buffer.from(hex, "hex"), { ...terms, ...changes })

describe("a signed CoRIM", () => {
  it("gives the digests of its reference triples", () => {
    const { measured, releases } = from(SIGNED)
    expect(releases).toEqual([])
    expect(measured).toEqual([
      { name: "ACME RoadRunner", digest: "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7" },
      { name: "ACME RoadRunner", digest: "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f" },
      { name: "ACME RoadRunner", digest: "a3a5e715f0cc574a73c3f9bebb6bc24f32ffd5b67b387244c2c909da779a1478" },
    ])
  })

  it("of another vendor or model gives nothing", () => {
    const other = expect.objectContaining({ reason: "firmware.other_model" })
    expect(() => from(SIGNED, { vendor: "Wile" as never })).toThrow(other)
    expect(() => from(SIGNED, { model: "Coyote" as never })).toThrow(other)
  })

  it("is refused by another key, without signature, and changed", () => {
    const unsigned = expect.objectContaining({ reason: "firmware.unsigned" })
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    expect(() => from(SIGNED, { keys: [publicKey] })).toThrow(unsigned)
    expect(() => from(UNSIGNED)).toThrow(unsigned)
    expect(() => from(SIGNED.replace("87428fc5", "87428fc6"))).toThrow(unsigned)
  })

  it("in whatever bytes ends in a reason", () => {
    const bytes = Buffer.from(SIGNED, "hex")
    for (let at = 0; at < bytes.length; at += 3)
      for (const cut of [bytes.subarray(0, at), Buffer.from(bytes.map((byte, n) => (n === at ? byte ^ 0x55 : byte)))])
        expect(() => importCorim(cut, terms)).toThrow(expect.objectContaining({ _tag: "FirmwareError" }))
  })
})
