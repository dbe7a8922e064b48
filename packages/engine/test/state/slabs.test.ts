import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Slabs } from "../../src/state/slabs.ts"

const size = fc.oneof(
  fc.integer({ min: 0, max: 1_100 }),
  fc.integer({ min: 1_000, max: 70_000 }),
  fc.integer({ min: 1_000_000, max: 1_200_000 }),
)

describe("Slabs", () => {
  it("gives blocks that no other block lies in, whatever was given back in between", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(size, fc.boolean(), fc.nat()), { maxLength: 60 }), (all) => {
        const slabs = new Slabs()
        const held: Array<{ address: number; bytes: number; fill: number }> = []
        let fill = 0
        for (const [bytes, free, which] of all) {
          if (free && held.length > 0) {
            const [{ address, bytes: taken }] = held.splice(which % held.length, 1) as [(typeof held)[number]]
            slabs.give(address, taken)
          }
          const address = slabs.take(bytes)
          expect(address).toBeGreaterThan(0)
          fill = (fill + 1) & 0xff
          const place = slabs.placeOf(address)
          expect(place + bytes).toBeLessThanOrEqual(slabs.bytesOf(address).length)
          slabs.bytesOf(address).fill(fill, place, place + bytes)
          held.push({ address, bytes, fill })
        }
        for (const { address, bytes, fill: own } of held) {
          const place = slabs.placeOf(address)
          const found = slabs.bytesOf(address).subarray(place, place + bytes)
          expect(found.every((byte) => byte === own)).toBe(true)
        }
      }),
      { numRuns: 25 },
    )
  })

  it("takes what was given back before it asks for more", () => {
    const slabs = new Slabs()
    const turn = (): void => {
      const taken = Array.from({ length: 500 }, (_, n) => [slabs.take(n * 7), n * 7] as const)
      for (const [address, bytes] of taken) slabs.give(address, bytes)
    }
    turn()
    const { bytes } = slabs
    for (let n = 0; n < 20; n++) turn()
    expect(slabs.bytes).toBe(bytes)
  })

  it("keeps nothing of a block larger than a slab", () => {
    const slabs = new Slabs()
    const { bytes } = slabs
    for (let n = 0; n < 5; n++) slabs.give(slabs.take(2 << 20), 2 << 20)
    expect(slabs.bytes).toBe(bytes)
  })
})
