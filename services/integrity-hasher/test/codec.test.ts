import { readFileSync } from "node:fs"
import { DamagedState } from "@assay/layout"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type IntegrityState, LAYOUT } from "../src/state.ts"
import { after, chainOf, digestOf } from "./device.ts"

/** Written by version 4 of the layout; must never change. */
const GOLDEN = readFileSync(new URL("./golden/state.v4.bin", import.meta.url))

type Plain = Omit<IntegrityState, "digests" | "sealed"> & { readonly digests: ReadonlyArray<string> }

const stateOf = ({ digests, ...scalars }: Plain): IntegrityState => {
  const draft = LAYOUT.draft()
  Object.assign(draft, scalars)
  for (const one of digests) draft.digests.push(one)
  return LAYOUT.seal(draft)
}

const plainOf = (state: IntegrityState): Plain => {
  const {
    epo,
    base,
    head,
    oldEpo,
    oldBase,
    oldHead,
    oldLast,
    seen,
    known,
    held,
    digests,
    svn,
    model,
    passed,
    counted,
    refused,
  } = state
  return {
    epo,
    base,
    head,
    oldEpo,
    oldBase,
    oldHead,
    oldLast,
    seen,
    known,
    held,
    digests: [...digests],
    svn,
    model,
    passed: Uint8Array.from(passed),
    counted: Uint8Array.from(counted),
    refused: Uint8Array.from(refused),
  }
}

const SAMPLE: Plain = {
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
  passed: new Uint8Array(8).fill(1),
  counted: new Uint8Array(8).fill(2),
  refused: new Uint8Array(8).fill(3),
}

const place = fc.oneof(fc.constant(-1), fc.nat(), fc.maxSafeInteger())
const mask = fc.nat(0xffff)
const state: fc.Arbitrary<Plain> = fc.record({
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
  passed: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  counted: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  refused: fc.uint8Array({ minLength: 8, maxLength: 8 }),
})

describe("the stored state", () => {
  test("comes back as it went in", () => {
    fc.assert(
      fc.property(state, (one) => {
        const kept = stateOf(one)
        expect(plainOf(kept)).toEqual(one)
        expect(LAYOUT.decode(LAYOUT.encode(kept))).toEqual(kept)
        expect(plainOf(LAYOUT.decode(LAYOUT.encode(kept)))).toEqual(one)
      }),
    )
  })

  test("has the golden bytes of its version", () => {
    expect(Buffer.compare(LAYOUT.encode(stateOf(SAMPLE)), GOLDEN)).toBe(0)
    expect(plainOf(LAYOUT.decode(GOLDEN))).toEqual(SAMPLE)
  })

  test("in order it is below 144 bytes, at its worst below 650", () => {
    const sizeAfter = (links: ReturnType<typeof chainOf>): number => {
      const chain = links.reduce<IntegrityState | undefined>((before, link) => after(before, link).state, undefined)
      const draft = LAYOUT.draft(chain)
      Object.assign(draft, { svn: 5, model: "acme/pump" })
      return LAYOUT.encode(LAYOUT.seal(draft)).length
    }
    expect(sizeAfter(chainOf([20, 20]))).toBeLessThan(144)
    // Every second message lost: seen and awaited take turns.
    expect(sizeAfter(chainOf([100]).filter(({ seq }) => seq % 2 === 0))).toBeLessThan(650)
  })

  test.each([[[]], [[4, 0]], [[2, 1, 2]], [[3, 1, 2]]])("refuses %j", (bytes) => {
    expect(() => LAYOUT.decode(Uint8Array.from(bytes))).toThrow(DamagedState)
  })
})
