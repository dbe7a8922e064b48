import { readFileSync } from "node:fs"
import { DamagedState } from "@assay/layout"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { follow } from "../src/chain.ts"
import { type IntegrityState, LAYOUT } from "../src/state.ts"
import { chainOf, digestOf } from "./device.ts"

/** Written by version 2 of the layout; must never change. */
const GOLDEN = readFileSync(new URL("./golden/state.v2.bin", import.meta.url))

const SAMPLE: IntegrityState = {
  epo: 3,
  base: -7,
  head: 2 ** 40,
  oldEpo: 2,
  oldBase: 0,
  oldHead: 12,
  oldLast: 11,
  seen: 0b101,
  known: 0xffff,
  held: 0b11,
  digests: [digestOf("a"), digestOf("b")],
  svn: -1,
  model: "acme/p\u00fcmp",
}

const place = fc.oneof(fc.constant(-1), fc.nat(), fc.maxSafeInteger())
const mask = fc.nat(0xffff)
const state: fc.Arbitrary<IntegrityState> = fc.record({
  epo: place,
  base: place,
  head: place,
  oldEpo: place,
  oldBase: place,
  oldHead: place,
  oldLast: place,
  seen: mask,
  known: mask,
  held: mask,
  digests: fc.array(fc.string().map(digestOf), { maxLength: 16 }),
  svn: place,
  model: fc.string({ unit: "binary", maxLength: 300 }).map((text) => text.toWellFormed()),
})

describe("the stored state", () => {
  test("comes back as it went in", () => {
    fc.assert(
      fc.property(state, (one) => {
        expect(LAYOUT.decode(LAYOUT.encode(one))).toEqual(one)
      }),
    )
  })

  test("has the golden bytes of its version", () => {
    expect(Buffer.compare(LAYOUT.encode(SAMPLE), GOLDEN)).toBe(0)
    expect(LAYOUT.decode(GOLDEN)).toEqual(SAMPLE)
  })

  test("in order it is below 120 bytes, at its worst below 650", () => {
    const mark = { svn: 5, model: "acme/pump" }
    const sizeAfter = (links: ReturnType<typeof chainOf>): number => {
      const chain = links.reduce<ReturnType<typeof follow>["chain"] | undefined>(
        (before, link) => follow(before, link).chain,
        undefined,
      )
      return LAYOUT.encode({ ...chain!, ...mark }).length
    }
    expect(sizeAfter(chainOf([20, 20]))).toBeLessThan(120)
    // Every second message lost: seen and awaited take turns.
    expect(sizeAfter(chainOf([100]).filter(({ seq }) => seq % 2 === 0))).toBeLessThan(650)
  })

  test.each([[[]], [[4, 0]], [[2, 1, 2]]])("refuses %j", (bytes) => {
    expect(() => LAYOUT.decode(Uint8Array.from(bytes))).toThrow(DamagedState)
  })
})
