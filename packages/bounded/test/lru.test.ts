import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Lru } from "../src/lru.ts"

describe("Lru", () => {
  it("forgets what was used longest ago", () => {
    const cache = new Lru<number>(2)
    cache.set("a", 1)
    cache.set("b", 2)
    expect(cache.get("a")).toBe(1)
    cache.set("c", 3)
    expect(cache.get("b")).toBeUndefined()
    expect(cache.get("a")).toBe(1)
    expect(cache.size).toBe(2)
  })

  it("keeps what a list in the order of use would keep", () => {
    const call = fc.record({ isSet: fc.boolean(), key: fc.constantFrom(..."abcdefgh") })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(call, { maxLength: 60 }), (capacity, calls) => {
        const cache = new Lru<number>(capacity)
        /** The one used last at the end. */
        const model: Array<readonly [key: string, value: number]> = []
        calls.forEach(({ isSet, key }, nth) => {
          const at = model.findIndex(([name]) => name === key)
          const [found] = at < 0 ? [] : model.splice(at, 1)
          if (isSet) {
            cache.set(key, nth)
            model.push([key, nth])
            if (model.length > capacity) model.shift()
          } else {
            expect(cache.get(key)).toBe(found?.[1])
            if (found !== undefined) model.push(found)
          }
          expect(cache.size).toBe(model.length)
        })
      }),
    )
  })
})
