import { describe, expect, it } from "vitest"
import { credentialCodec } from "../src/codec.ts"
import type { CredentialState } from "../src/state.ts"
import { credentialOf, device, partition, presentationOf, twin } from "./world.ts"

const accepted = async (): Promise<CredentialState> => {
  const { judge, states } = partition()
  await judge(presentationOf([credentialOf({ hardwareId: "SN-1" }), credentialOf({ class: "fan", status: [] })]))
  return states.get(device.did)!
}

describe("the codec", () => {
  it("gives back a device's state, with terms shared as before", async () => {
    const state = await accepted()
    const again = credentialCodec.decode(credentialCodec.encode(state))
    expect(again).toEqual(state)
    expect(again.accepted[0]!.terms).toBe(state.accepted[0]!.terms)
  })

  it("gives back a state of every size", async () => {
    const state = await accepted()
    for (const count of [1, 2, 4, 8, 16]) {
      const long = { ...state.accepted[0]!, hardwareId: "n".repeat(count * 500) }
      const large = { ...state, accepted: [long, long] }
      expect(credentialCodec.decode(credentialCodec.encode(large))).toEqual(large)
    }
  })

  it("gives back to whom hardware is bound", () => {
    const state = { accepted: [], level: 0, at: 1_800_000_000_000, owner: twin.did }
    expect(credentialCodec.decode(credentialCodec.encode(state))).toEqual(state)
  })

  it.each([
    ["another version", (bytes: Uint8Array) => bytes.with(0, 2)],
    ["nothing", () => new Uint8Array(0)],
    ["a cut", (bytes: Uint8Array) => bytes.slice(0, -3)],
    ["a rest", (bytes: Uint8Array) => Buffer.concat([bytes, Uint8Array.of(0)])],
  ])("refuses %s", async (_, change) => {
    const bytes = credentialCodec.encode(await accepted())
    expect(() => credentialCodec.decode(change(new Uint8Array(bytes)))).toThrow(Error)
  })
})
