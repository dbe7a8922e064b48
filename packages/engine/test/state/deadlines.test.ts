import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Deadlines } from "../../src/state/deadlines.ts"

describe("Deadlines", () => {
  it("gives every device queued at or before a time exactly once, and keeps the rest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e", "f"), fc.integer({ min: 0, max: 50 })), {
          maxLength: 60,
        }),
        fc.integer({ min: 0, max: 50 }),
        (pushes, until) => {
          const deadlines = new Deadlines()
          const earliest = new Map<string, number>()
          for (const [device, time] of pushes) {
            deadlines.push(device, time)
            earliest.set(device, Math.min(time, earliest.get(device) ?? Number.POSITIVE_INFINITY))
          }
          const due = [...earliest].filter(([, time]) => time <= until).map(([device]) => device)
          expect(deadlines.popUntil(until).sort()).toEqual(due.sort())
          expect(deadlines.size).toBe(earliest.size - due.length)
          expect(deadlines.popUntil(1000)).toHaveLength(earliest.size - due.length)
        },
      ),
    )
  })
})
