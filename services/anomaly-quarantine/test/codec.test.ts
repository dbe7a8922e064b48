import { newBreaker } from "@assay/detection"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { codec } from "../src/codec.ts"
import { House } from "./house.ts"

describe("state codec", () => {
  it("brings back every state that came about, and the breaker", () => {
    const house = new House()
    house.trusted("did:key:zA", (k) => [k, Math.sin(k), -k / 3])
    house.say("did:key:zA", { identity: ["identity.clone_evidence"] })
    for (let k = 0; k < 40; k++) house.say("did:key:zA")
    for (const state of [...house.states.values(), newBreaker()])
      expect(codec.decode(codec.encode(state))).toEqual(state)
  })
  it("stores a trusted device with three measurements in under 450 bytes", () => {
    const house = new House()
    house.trusted("did:key:zA", (k) => [k, Math.sin(k), -k / 3])
    expect(codec.encode(house.states.get("did:key:zA")!).length).toBeLessThan(450)
  })
  it("refuses another version, a cut and any random bytes of impossible length", () => {
    const house = new House()
    house.trusted("did:key:zA")
    const bytes = codec.encode(house.states.get("did:key:zA")!)
    expect(() => codec.decode(bytes.subarray(0, bytes.length - 3))).toThrow("cut off")
    expect(() => codec.decode(Uint8Array.of(2, ...bytes.subarray(1)))).toThrow("version 2")
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (junk) => {
        if (junk.length !== 33) expect(() => codec.decode(junk)).toThrow()
      }),
    )
  })
})
