import fc from "fast-check"
import { expect, it } from "vitest"
import { encloses, matches } from "../../src/capability/pattern.ts"

const name = fc.stringMatching(/^[ab]{0,4}$/)
const pattern = fc.tuple(name, fc.constantFrom("", "*")).map((parts) => parts.join(""))

it("an enclosing pattern matches every name that the enclosed one does", () => {
  fc.assert(
    fc.property(pattern, pattern, name, (outer, inner, rest) => {
      fc.pre(encloses(outer, inner))
      const member = inner.endsWith("*") ? inner.slice(0, -1) + rest : inner
      expect(matches(inner, member)).toBe(true)
      expect(matches(outer, member)).toBe(true)
    }),
  )
})

it("a pattern that does not enclose another misses one of its names", () => {
  fc.assert(
    fc.property(pattern, pattern, (outer, inner) => {
      fc.pre(!encloses(outer, inner))
      // `c` occurs in no pattern, so a prefix followed by it lies in no longer pattern.
      const names = inner.endsWith("*") ? [inner.slice(0, -1), `${inner.slice(0, -1)}c`] : [inner]
      expect(names.every((member) => matches(outer, member))).toBe(false)
    }),
  )
})
