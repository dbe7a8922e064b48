/** The examples of draft-ietf-suit-manifest, appendix B, and the key that signed them. */
import { createPublicKey, generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { importSuit } from "../../src/index.ts"
import { EXAMPLE_0, EXAMPLE_3, EXAMPLE_5, KEY } from "./examples.ts"

const key = createPublicKey({
  key: { kty: "EC", crv: "P-256", ...KEY },
  format: "jwk",
})
const terms = { keys: [key], vendor: null, class: null }
const D1 = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210"
const D2 = "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff"
const from = (hex: string) => importSuit(Buffer.from(hex, "hex"), terms)

describe("a SUIT manifest", () => {
  it("of secure boot names one image (B.1)", () => {
    expect(from(EXAMPLE_0)).toEqual({
      releases: [{ version: null, svn: 0, components: [{ name: "00", digest: D1 }] }],
      measured: [],
      about:
        "SUIT manifest of sequence number 0, for vendor fa6b4a53d5ad5fdfbe9de663e4d41ffe and class 1492af1425695e48bf429b2d51f2ab45",
    })
  })

  it("of two slots names an image of each (B.4)", () => {
    const { releases } = from(EXAMPLE_3)
    expect(releases.map(({ svn, components }) => [svn, components.map((one) => one.digest)])).toEqual([
      [3, [D1]],
      [3, [D2]],
    ])
  })

  it("of two images names both as one release (B.6)", () => {
    expect(from(EXAMPLE_5).releases).toEqual([
      {
        version: null,
        svn: 5,
        components: [
          { name: "00", digest: D1 },
          { name: "01", digest: D2 },
        ],
      },
    ])
  })

  it("that another key signed is refused", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const other = { ...terms, keys: [publicKey] }
    expect(() => importSuit(Buffer.from(EXAMPLE_0, "hex"), other)).toThrow(
      expect.objectContaining({ reason: "firmware.unsigned" }),
    )
    expect(() => importSuit(Buffer.from(EXAMPLE_0, "hex"), { ...terms, keys: [] })).toThrow(
      expect.objectContaining({ reason: "firmware.unsigned" }),
    )
  })

  it("whose image was exchanged after it was signed is refused", () => {
    const changed = EXAMPLE_0.replace(D1, D2)
    expect(changed).not.toBe(EXAMPLE_0)
    expect(() => from(changed)).toThrow(expect.objectContaining({ reason: "firmware.digest_mismatch" }))
  })

  it("with the signature of another manifest is refused", () => {
    const manifest = (hex: string) => hex.slice(hex.indexOf("0358", 200))
    const mixed = EXAMPLE_0.replace(manifest(EXAMPLE_0), manifest(EXAMPLE_3))
    expect(() => from(mixed)).toThrow(expect.objectContaining({ _tag: "FirmwareError" }))
  })

  it("for another class is refused where the class is named", () => {
    const other = { ...terms, class: "00".repeat(16) }
    expect(() => importSuit(Buffer.from(EXAMPLE_0, "hex"), other)).toThrow(
      expect.objectContaining({ reason: "firmware.other_model" }),
    )
  })

  it("in whatever bytes ends in a reason", () => {
    const bytes = Buffer.from(EXAMPLE_3, "hex")
    for (let at = 0; at < bytes.length; at++)
      for (const cut of [bytes.subarray(0, at), Buffer.from(bytes.map((byte, n) => (n === at ? byte ^ 0x55 : byte)))]) {
        try {
          importSuit(cut, terms)
        } catch (cause) {
          expect(cause).toMatchObject({ _tag: "FirmwareError" })
        }
      }
  })
})
