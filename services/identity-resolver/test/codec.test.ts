import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { DamagedState } from "@assay/layout"
import { describe, expect, it } from "vitest"
import { present } from "../src/presentations.ts"
import { accept, accused, refused } from "../src/sequence-window.ts"
import { type IdentityState, LAYOUT } from "../src/state.ts"

const digest = createHash("sha256").update("x").digest()

const presented = (state: IdentityState, iat: number): IdentityState =>
  present(state, iat, digest, { index: 0, isLater: true }, { level: 659_999, at: iat })

/** Written by version 3 of the layout; must never change. */
const GOLDEN = readFileSync(new URL("./golden/state.v3.bin", import.meta.url))

describe("the stored state", () => {
  it("comes back as it was", () => {
    let state = accept(undefined, { epo: 3, seq: 2 ** 40, iat: 1_700_000_000, digest, offset: 2 ** 40 })
    state = refused(presented(state, 1_700_000_001), 1_700_000_002)
    expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
  })

  it("has the golden bytes of its version", () => {
    let state = accept(undefined, { epo: 2, seq: 40, iat: 1_700_000_000, digest, offset: 5 })
    state = accept(state, { epo: 3, seq: 2 ** 40, iat: 1_700_000_010, digest, offset: 2 ** 40 })
    state = refused(presented(accused(state, 40), 1_700_000_001), 1_700_000_002)
    expect(Buffer.compare(LAYOUT.encode(state), GOLDEN)).toBe(0)
    expect(LAYOUT.decode(GOLDEN)).toEqual(state)
  })

  it("holds every counter that a device can sign", () => {
    for (const count of [0, 63, 64, 2 ** 31, 2 ** 52 - 1, 2 ** 52, 2 ** 53 - 2, Number.MAX_SAFE_INTEGER]) {
      const one = accept(undefined, { epo: count, seq: count, iat: count, digest, offset: 0 })
      const state = refused(presented(one, count), count)
      expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
    }
  })

  it("takes less than 900 bytes", () => {
    const state = accept(undefined, { epo: 3, seq: 2 ** 40, iat: 1_700_000_000, digest, offset: 2 ** 40 })
    expect(LAYOUT.encode(state).length).toBeLessThan(900)
  })

  it("of another version, or cut short, is refused", () => {
    const bytes = Buffer.from(LAYOUT.encode(refused(undefined, 1)))
    expect(() => LAYOUT.decode(bytes.subarray(0, 100))).toThrow(DamagedState)
    expect(() => LAYOUT.decode(Buffer.concat([bytes, Uint8Array.of(0)]))).toThrow(DamagedState)
    bytes[0] = 1
    expect(() => LAYOUT.decode(bytes)).toThrow("version 1, where only 3 is known")
  })
})
