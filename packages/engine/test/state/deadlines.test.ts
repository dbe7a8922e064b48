import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Deadlines } from "../../src/state/deadlines.ts"

const NAMES = [
  "did:f",
  "did:b",
  "did:e",
  "did:a",
  "did:d",
  "did:c",
  ...Array.from({ length: 34 }, (_, n) => `did:x${n}`),
]

const moves = fc.array(
  fc.tuple(fc.nat(NAMES.length - 1), fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined })),
  { maxLength: 160 },
)

describe("Deadlines", () => {
  it("gives the first rows due by time and name, at most as many as asked, and keeps them", () => {
    fc.assert(
      fc.property(moves, fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 45 }), (all, until, limit) => {
        const deadlines = new Deadlines((row) => NAMES[row]!)
        const times = new Map<number, number>()
        for (const [row, time] of all) {
          if (time === undefined) {
            deadlines.remove(row)
            times.delete(row)
          } else {
            deadlines.set(row, time)
            times.set(row, time)
          }
          expect(deadlines.size).toBe(times.size)
        }
        const due = [...times]
          .filter(([, time]) => time <= until)
          .sort(([a, at], [b, bt]) => at - bt || (NAMES[a]! < NAMES[b]! ? -1 : 1))
          .map(([row]) => row)
          .slice(0, limit)
        expect(deadlines.first(until, limit)).toEqual(due)
        expect(deadlines.first(until, limit)).toEqual(due)
      }),
      { numRuns: 500 },
    )
  })

  it("looks at no more rows than it was asked for, and their neighbours, when all of them are due at once", () => {
    const rows = 100_000
    let looks = 0
    const deadlines = new Deadlines((row) => {
      looks++
      return String(row).padStart(6, "0")
    })
    for (let row = rows - 1; row >= 0; row--) deadlines.set(row, 7)
    looks = 0
    expect(deadlines.first(7, 100)).toEqual(Array.from({ length: 100 }, (_, row) => row))
    expect(looks).toBeLessThan(10_000)
  })
})
