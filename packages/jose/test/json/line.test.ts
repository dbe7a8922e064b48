import fc from "fast-check"
import { expect, it } from "vitest"
import { lineOf } from "../../src/json/line.ts"
import type { Path } from "../../src/json/shape.ts"

/** Every path of a value with the line of its key in `JSON.stringify(value, null, 1)`, which puts each on its own. */
const linesOf = (value: unknown): Array<readonly [Path, number]> => {
  const found: Array<readonly [Path, number]> = []
  let line = 1
  const walk = (inner: unknown, path: Path): void => {
    if (typeof inner !== "object" || inner === null) return
    const steps: Array<readonly [string | number, unknown]> = Array.isArray(inner)
      ? inner.map((item, i) => [i, item] as const)
      : Object.entries(inner)
    if (steps.length === 0) return
    for (const [step, child] of steps) {
      line++
      found.push([[...path, step], line])
      walk(child, [...path, step])
    }
    line++
  }
  walk(value, [])
  return found
}

it("finds the line of every key, whatever strings and brackets stand before it", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (json) => {
      const value = JSON.parse(json) as unknown
      const text = JSON.stringify(value, null, 1)
      for (const [path, line] of linesOf(value)) expect(lineOf(text, path)).toBe(line)
    }),
  )
})

it("ends on any text and any path", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.oneof(fc.string(), fc.nat(3)), { maxLength: 3 }), (text, path) => {
      // Only texts that were parsed before get here; any other may get a wrong line, but must not hang.
      try {
        expect(lineOf(text, path)).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
      }
    }),
  )
})
