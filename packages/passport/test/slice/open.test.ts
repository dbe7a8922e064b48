import { describe, expect, it } from "vitest"
import { openSlice, type Pins, type Slice } from "../../src/index.ts"
import { encodeDidJwkOf, envelope, PINS, ROOTS, SLICE, signer } from "../made.ts"

const reasonOf = async (bytes: Uint8Array, held: Slice | null = null, pins: Pins = PINS): Promise<string | null> => {
  const found = await openSlice(bytes, pins, held)
  return "reason" in found ? found.reason : null
}

it("opens what a threshold of the roots signed", async () => {
  expect(await openSlice(envelope(SLICE), PINS, null)).toEqual(SLICE)
})

describe("a slice is refused", () => {
  it.each<readonly [string, Uint8Array, string]>([
    ["signed by too few", envelope(SLICE, ROOTS.slice(0, 1)), "slice.threshold"],
    ["signed by nobody", envelope(SLICE, []), "slice.threshold"],
    ["signed by strangers", envelope(SLICE, [signer(), signer()]), "slice.threshold"],
    ["signed twice by one root", envelope(SLICE, [ROOTS[0]!, ROOTS[0]!]), "slice.threshold"],
    ["of another payload type", envelope(SLICE, ROOTS, "application/vnd.assay.trust-bundle+json"), "slice.malformed"],
    ["that is no JSON", envelope("{"), "slice.malformed"],
    ["with a member twice", envelope(JSON.stringify(SLICE).replace("{", '{"version":9,')), "slice.malformed"],
    ["with a member more", envelope({ ...SLICE, extra: 1 }), "slice.malformed"],
    ["without a member", envelope({ ...SLICE, signers: undefined }), "slice.malformed"],
    [
      "with a conduit that has a member more",
      envelope({ ...SLICE, conduits: [{ ...SLICE.conduits[0], more: 1 }] }),
      "slice.malformed",
    ],
    [
      "with an act that is none",
      envelope({ ...SLICE, conduits: [{ ...SLICE.conduits[0], acts: ["fly"] }] }),
      "slice.malformed",
    ],
    ["without signers", envelope({ ...SLICE, signers: [] }), "slice.malformed"],
    ["that is no envelope", Buffer.from("{}"), "slice.malformed"],
    ["that is no object", Buffer.from("[]"), "slice.malformed"],
    ["with too many bytes", Buffer.alloc(200_000, " "), "slice.malformed"],
  ])("%s", async (_, bytes, reason) => {
    expect(await reasonOf(bytes)).toBe(reason)
  })

  it("with one forged signature among good ones", async () => {
    const one = JSON.parse(Buffer.from(envelope(SLICE, ROOTS)).toString()) as { signatures: Array<{ sig: string }> }
    one.signatures[2]!.sig = one.signatures[0]!.sig
    expect(await reasonOf(Buffer.from(JSON.stringify(one)))).toBe("slice.signature_invalid")
  })

  it("with another body under the same signatures", async () => {
    const one = JSON.parse(Buffer.from(envelope(SLICE)).toString()) as { payload: string }
    one.payload = Buffer.from(JSON.stringify({ ...SLICE, version: 9 })).toString("base64")
    expect(await reasonOf(Buffer.from(JSON.stringify(one)))).toBe("slice.signature_invalid")
  })

  it("where one key stands for two roots by two DIDs", async () => {
    const root = signer("Ed25519")
    const twin = { ...root, did: encodeDidJwkOf(root.did) }
    const pins = { roots: [root.did, twin.did], threshold: 2 }
    expect(await reasonOf(envelope(SLICE, [root, twin]), null, pins)).toBe("slice.threshold")
    expect(await reasonOf(envelope(SLICE, [root, twin]), null, { ...pins, threshold: 1 })).toBeNull()
  })

  it("where the threshold that was pinned is none", async () => {
    for (const threshold of [0, -1, Number.NaN])
      expect(await reasonOf(envelope(SLICE, []), null, { ...PINS, threshold })).toBe("slice.threshold")
  })

  it("that is not newer than the one held, or is of another zone", async () => {
    expect(await reasonOf(envelope(SLICE), SLICE)).toBe("slice.older")
    expect(await reasonOf(envelope({ ...SLICE, version: 2 }), SLICE)).toBe("slice.older")
    expect(await reasonOf(envelope({ ...SLICE, version: 4 }), SLICE)).toBeNull()
    const other = { ...SLICE, version: 4, zone: "meters", conduits: [] }
    expect(await reasonOf(envelope(other), SLICE)).toBe("slice.older")
  })
})
