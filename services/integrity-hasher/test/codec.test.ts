import { schemaOf } from "@assay/schemas"
import avsc from "avsc"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { follow } from "../src/chain.ts"
import { integrityCodec } from "../src/codec.ts"
import type { IntegrityState } from "../src/state.ts"
import { chainOf, digestOf } from "./device.ts"

const type = avsc.Type.forSchema(schemaOf("state-integrity") as avsc.Schema)

/** Up to here avsc is exact. */
const EXACT = 2 ** 51

const place = fc.oneof(fc.constant(-1), fc.nat(), fc.integer({ min: -EXACT, max: EXACT }), fc.maxSafeInteger())
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
  test("is Avro, and comes back as it went in", () => {
    fc.assert(
      fc.property(state, (one) => {
        const bytes = integrityCodec.encode(one)
        if (Object.values(one).every((value) => typeof value !== "number" || Math.abs(value) < EXACT)) {
          expect(Buffer.from(bytes)).toEqual(type.toBuffer({ version: 1, ...one }))
        }
        expect(integrityCodec.decode(bytes)).toEqual(one)
      }),
    )
  })

  test("in order it is below 100 bytes, at its worst below 800", () => {
    const mark = { svn: 5, model: "acme/pump" }
    const sizeAfter = (links: ReturnType<typeof chainOf>): number => {
      const chain = links.reduce<ReturnType<typeof follow>["chain"]>(
        (before, link) => follow(before, link).chain,
        undefined,
      )
      return integrityCodec.encode({ ...chain!, ...mark }).length
    }
    expect(sizeAfter(chainOf([20, 20]))).toBeLessThan(100)
    // Every second message lost: seen and awaited take turns.
    expect(sizeAfter(chainOf([100]).filter(({ seq }) => seq % 2 === 0))).toBeLessThan(800)
  })

  test.each([[[]], [[4, 0]], [[2, 1, 2]]])("refuses %j", (bytes) => {
    expect(() => integrityCodec.decode(Uint8Array.from(bytes))).toThrow()
  })
})
