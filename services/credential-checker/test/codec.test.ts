import { readFileSync } from "node:fs"
import { parseTerms } from "@assay/credentials"
import { DamagedState } from "@assay/layout"
import { describe, expect, it } from "vitest"
import { type CredentialState, LAYOUT } from "../src/state.ts"
import { credentialOf, device, partition, presentationOf, twin } from "./world.ts"

const accepted = async (): Promise<CredentialState> => {
  const { judge, states } = partition()
  await judge(presentationOf([credentialOf({ hardwareId: "SN-1" }), credentialOf({ class: "fan", status: [] })]))
  return states.get(device.did)!
}

describe("the codec", () => {
  it("gives back a device's state, with terms shared as before", async () => {
    const state = await accepted()
    const again = LAYOUT.decode(LAYOUT.encode(state))
    expect(again).toEqual(state)
    expect(again.accepted[0]!.terms).toBe(state.accepted[0]!.terms)
  })

  it("gives back a state of every size", async () => {
    const state = await accepted()
    const [one] = state.accepted
    for (const count of [1, 2, 4, 8, 16, 32]) {
      const terms = parseTerms(one!.terms.text.replace("temp", "t".repeat(count * 4_000)))
      const long = { ...one!, terms, hardwareId: "\u{ffff}".repeat(count * 4) }
      const large = { ...state, accepted: [long, long, long, long] }
      expect(LAYOUT.decode(LAYOUT.encode(large))).toEqual(large)
    }
  })

  it("never stores more than it could read", async () => {
    const state = await accepted()
    const [one] = state.accepted
    const refused = [
      [one!, one!, one!, one!, one!],
      [{ ...one!, hardwareId: "n".repeat(513) }],
      [{ ...one!, indices: [1, 2, 3, 4, 5] }],
    ]
    for (const list of refused) expect(() => LAYOUT.encode({ ...state, accepted: list })).toThrow(RangeError)
  })

  it("gives back to whom hardware is bound", () => {
    const state = { accepted: [], level: 0, at: 1_800_000_000_000, owner: twin.did }
    expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
  })

  it("has the golden bytes of its version", () => {
    const golden = readFileSync(new URL("./golden/state.v2.bin", import.meta.url))
    const [vendor, product] = ["acme", "pump"]
    const text = JSON.stringify([
      "did:key:zI",
      ["X"],
      vendor,
      product,
      "software",
      [],
      [["t", "Cel", -40, 85]],
      [],
      [],
      60,
    ])
    const credential = {
      hash: Buffer.alloc(32, 7).toString("base64url"),
      terms: parseTerms(text),
      validFrom: 1_700_000_000_000,
      validUntil: 1_800_000_000_000,
      hardwareId: "SN-1",
      indices: [7, 2 ** 31],
    }
    const accepted = [credential, { ...credential, hardwareId: null, indices: [] }]
    const state = { accepted, level: 60_000, at: 1_700_000_000_001, owner: "did:key:zOwner" }
    expect(Buffer.compare(LAYOUT.encode(state), golden)).toBe(0)
    expect(LAYOUT.decode(golden)).toEqual(state)
  })

  it.each([
    ["another version", (bytes: Uint8Array) => bytes.with(0, 1)],
    ["nothing", () => new Uint8Array(0)],
    ["a cut", (bytes: Uint8Array) => bytes.slice(0, -3)],
    ["a rest", (bytes: Uint8Array) => Buffer.concat([bytes, Uint8Array.of(0)])],
  ])("refuses %s", async (_, change) => {
    const bytes = LAYOUT.encode(await accepted())
    expect(() => LAYOUT.decode(change(new Uint8Array(bytes)))).toThrow(DamagedState)
  })
})
