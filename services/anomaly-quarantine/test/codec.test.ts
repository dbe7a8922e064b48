import { readFileSync } from "node:fs"
import { addMeasurement, BREAKER, enter, nameHash, resetBreaker } from "@assay/detection"
import { DamagedState } from "@assay/layout"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { draftOf, hold, LAYOUT } from "../src/state.ts"
import { Harness } from "./harness.ts"

describe("state codec", () => {
  it("brings back every state that came about, and the breaker", () => {
    const harness = new Harness()
    harness.trusted("did:key:zA", (k) => [k, Math.sin(k), -k / 3])
    harness.say("did:key:zA", { identity: ["identity.clone_evidence"] })
    for (let k = 0; k < 40; k++) harness.say("did:key:zA")
    for (const state of harness.states.values()) expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
    const breaker = resetBreaker(1_000_000_000_000)
    expect(BREAKER.decode(BREAKER.encode(breaker))).toEqual(breaker)
  })
  it("has the golden bytes of its version", () => {
    const golden = readFileSync(new URL("./golden/state.v9.bin", import.meta.url))
    const draft = draftOf(undefined, 1_700_000_000_000)
    enter(draft, "watched", 1_700_000_000_001)
    draft.life = "suspended"
    draft.good = 12.5
    draft.suspicion.set(2, 0.75)
    addMeasurement(draft, nameHash("temperature")).level = -0.1
    hold(draft, { epoch: 2, partition: 3, offset: 2 ** 40 })
    draft.runs = 0x01020304
    draft.runsOf = 0x05060708
    draft.declares = '[["urn:dev:a:*","counter",900]]'
    const state = LAYOUT.seal(draft)
    expect(Buffer.compare(LAYOUT.encode(state), golden)).toBe(0)
    expect(LAYOUT.decode(golden)).toEqual(state)
  })
  it("stores a trusted device with three measurements in under 800 bytes, 200 for each measurement", () => {
    const harness = new Harness()
    harness.trusted("did:key:zA", (k) => [k, Math.sin(k), -k / 3])
    expect(LAYOUT.encode(harness.states.get("did:key:zA")!).length).toBeLessThan(800)
  })
  it("refuses another version, a cut and any random bytes of impossible length", () => {
    const harness = new Harness()
    harness.trusted("did:key:zA")
    const bytes = LAYOUT.encode(harness.states.get("did:key:zA")!)
    expect(() => LAYOUT.decode(bytes.subarray(0, bytes.length - 3))).toThrow("cut off")
    expect(() => LAYOUT.decode(Uint8Array.of(10, ...bytes.subarray(1)))).toThrow("version 10")
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: LAYOUT.minBytes - 1 }), (junk) => {
        // The head alone is longer.
        expect(() => LAYOUT.decode(junk)).toThrow(DamagedState)
      }),
    )
  })
})
