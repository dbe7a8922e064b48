import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { DamagedState } from "@assay/layout"
import { describe, expect, it } from "vitest"
import type { Position } from "../src/positions/position.ts"
import { settle } from "../src/positions/settle.ts"
import { present } from "../src/presentations.ts"
import { type IdentityState, LAYOUT } from "../src/state.ts"

const digestOf = (text: string): Uint8Array => createHash("sha256").update(text).digest()
const digest = digestOf("x")

const presented = (state: IdentityState, iat: number): IdentityState =>
  present(state, iat, digest, { index: 0, isLater: true }, { level: 659_999, at: iat })

const heard = (before: IdentityState | undefined, change: Partial<Position>): IdentityState => {
  const draft = LAYOUT.draft(before)
  const at = { epo: 3, seq: 2 ** 40, iat: 1_700_000_000, digest, prv: null, offset: 2 ** 40, time: 0, future: false }
  settle(draft, { ...at, ...change }, 60_000)
  return LAYOUT.seal(draft)
}

/** With every list that a contested sequence fills. */
const contested = (): IdentityState => {
  let state = heard(undefined, { prv: digestOf("before") })
  state = heard(state, { epo: 4, seq: 0, digest: digestOf("boot"), prv: digest, offset: 2 ** 40 + 1 })
  state = heard(state, { epo: 9, seq: 7, digest: digestOf("jump"), prv: digestOf("unknown"), offset: 2 ** 40 + 2 })
  state = heard(state, { epo: 4, seq: 1, digest: digestOf("far"), prv: digestOf("boot"), future: true })
  const draft = LAYOUT.draft(presented(state, 1_700_000_001))
  draft.resync.push(digestOf("value"))
  draft.resyncUntil = 1_700_000_000_000
  return LAYOUT.seal(draft)
}

/** Written by version 6 of the layout; must never change. */
const GOLDEN = readFileSync(new URL("./golden/state.v6.bin", import.meta.url))

describe("the stored state", () => {
  it("comes back as it was", () => {
    const state = contested()
    expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
  })

  it("has the golden bytes of its version", () => {
    expect(Buffer.compare(LAYOUT.encode(contested()), GOLDEN)).toBe(0)
    expect(LAYOUT.decode(GOLDEN)).toEqual(contested())
  })

  it("holds every counter that a device can sign", () => {
    for (const count of [0, 63, 64, 2 ** 31, 2 ** 52 - 1, 2 ** 52, 2 ** 53 - 2, Number.MAX_SAFE_INTEGER]) {
      let state = presented(heard(undefined, { epo: count, seq: count, iat: count, offset: 0 }), count)
      expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
      // From the lowest position straight to it, by name and by a jump.
      for (const prv of [digestOf("low"), digestOf("unknown")]) {
        state = heard(undefined, { epo: 0, seq: 0, digest: digestOf("low") })
        state = heard(state, { epo: count, seq: count, prv })
        expect(LAYOUT.decode(LAYOUT.encode(state))).toEqual(state)
      }
    }
  })

  it("takes less than 1,100 bytes, and is bounded where its sequence is contested", () => {
    expect(LAYOUT.encode(heard(undefined, {})).length).toBeLessThan(1_100)
    let state = heard(undefined, {})
    for (let n = 0; n < 500; n++)
      state = heard(state, { epo: 10 + n * 3, seq: n, digest: digestOf(`jump ${n}`), prv: digestOf(`unknown ${n}`) })
    expect(LAYOUT.encode(state).length).toBeLessThan(2_600)
  })

  it("of another version, or cut short, is refused", () => {
    const bytes = Buffer.from(LAYOUT.encode(heard(undefined, {})))
    expect(() => LAYOUT.decode(bytes.subarray(0, 100))).toThrow(DamagedState)
    expect(() => LAYOUT.decode(Buffer.concat([bytes, Uint8Array.of(0)]))).toThrow(DamagedState)
    bytes[0] = 3
    expect(() => LAYOUT.decode(bytes)).toThrow("version 3, where only 6 is known")
  })
})
