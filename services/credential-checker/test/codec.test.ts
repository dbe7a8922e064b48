import { readFileSync } from "node:fs"
import { type DeviceCredential, parseTerms } from "@assay/credentials"
import { DamagedState } from "@assay/layout"
import { describe, expect, it } from "vitest"
import { type Accepted, add, boundTo, type CredentialState, LAYOUT } from "../src/state.ts"
import { credentialOf, device, partition, presentationOf, twin } from "./world.ts"

const accepted = async (): Promise<CredentialState> => {
  const { judge, states } = partition()
  await judge(presentationOf([credentialOf({ hardwareId: "SN-1" }), credentialOf({ class: "fan", status: [] })]))
  return states.get(device.did)!
}

type Plain = Omit<DeviceCredential, "subject">

const plainOf = ({ hash, terms, validFrom, validUntil, hardwareId, indices }: Accepted): Plain => ({
  hash,
  terms,
  validFrom,
  validUntil,
  hardwareId,
  indices: [...indices],
})

const stateOf = ({ accepted, owner }: { accepted: ReadonlyArray<Plain>; owner: string | null }): CredentialState => {
  const draft = LAYOUT.draft()
  for (const one of accepted) add(draft, one)
  Object.assign(draft, { level: 60_000, at: 1_700_000_000_001, signed: 1_700_000_000_000, used: 120_000, owner })
  return LAYOUT.seal(draft)
}

describe("the codec", () => {
  it("gives back a device's state, with terms shared as before", async () => {
    const state = await accepted()
    const again = LAYOUT.decode(LAYOUT.encode(state))
    expect(again).toEqual(state)
    expect(again.accepted.at(0).terms).toBe(state.accepted.at(0).terms)
  })

  it("gives back a state of every size", async () => {
    const state = await accepted()
    const one = plainOf(state.accepted.at(0))
    for (const count of [1, 2, 4, 8, 16, 32]) {
      const terms = parseTerms(one.terms.text.replace("temp", "t".repeat(count * 4_000)))
      const long = { ...one, terms, hardwareId: "\u{ffff}".repeat(count * 4) }
      const large = stateOf({ accepted: [long, long, long, long], owner: null })
      const again = LAYOUT.decode(LAYOUT.encode(large))
      expect(again).toEqual(large)
      expect([...again.accepted].map(plainOf)).toEqual([long, long, long, long])
    }
  })

  it("never stores more than it could read", async () => {
    const state = await accepted()
    const one = plainOf(state.accepted.at(0))
    const refused = [
      [one, one, one, one, one],
      [{ ...one, hardwareId: "n".repeat(513) }],
      [{ ...one, indices: [1, 2, 3, 4, 5] }],
      [{ ...one, terms: { ...one.terms, text: "t".repeat(131_073) } }],
    ]
    for (const accepted of refused) expect(() => stateOf({ accepted, owner: null })).toThrow(RangeError)
  })

  it("gives back to whom hardware is bound", () => {
    const state = boundTo(twin.did, 1_800_000_000_000)
    expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
    expect(state).toMatchObject({ accepted: { length: 0 }, level: 0, at: 1_800_000_000_000, owner: twin.did })
  })

  it("has the golden bytes of its version", () => {
    const golden = readFileSync(new URL("./golden/state.v4.bin", import.meta.url))
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
    expect(Buffer.compare(LAYOUT.encode(stateOf({ accepted, owner: "did:key:zOwner" })), golden)).toBe(0)
    const again = LAYOUT.decode(golden)
    expect([...again.accepted].map(plainOf)).toEqual(accepted)
    expect(again).toMatchObject({ level: 60_000, at: 1_700_000_000_001, owner: "did:key:zOwner" })
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
