/** Windows of time in which a container is read: together they hold every instance, wherever they begin and end. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { writeTimestamp } from "../../src/onem2m/timestamp.ts"
import { type Source, windowFrom } from "../../src/onem2m/window.ts"

const NOW = Date.UTC(2026, 10, 24)

/** A container with an instance at each of these times, milliseconds since 1970 with a fraction; asked as a CSE is, in whole ones. */
const container = (times: ReadonlyArray<number>): Source & { asked: number } => {
  const found = { asked: 0 }
  const written = (at: number): number => Math.floor(at)
  return Object.assign(found, {
    instances: async (after: number | null, before: number | null) => {
      found.asked += 1
      const addresses = times.flatMap((at, n) =>
        (after === null || at > written(after)) && (before === null || at < written(before)) ? [`cin${n}`] : [],
      )
      return addresses
    },
    oldest: async () => {
      const at = Math.min(...times)
      return {
        ...{ resourceId: "cin", parentId: "cnt", stateTag: 0, creator: null, content: "", contentInfo: null },
        createdAt: writeTimestamp(at),
      }
    },
  })
}

const readAll = async (source: Source, from: number | null = null): Promise<ReadonlySet<string>> => {
  const found = new Set<string>()
  for (let until = from; ; ) {
    const window = await windowFrom(source, until, NOW)
    for (const address of window.addresses) found.add(address)
    if (window.until === null) return found
    expect(window.until).toBeGreaterThan(until ?? 0)
    until = window.until
  }
}

describe("together", () => {
  it("they hold every instance", () => {
    const span = fc.constantFrom(1, 50, 1_000, 120_000, 86_400_000)
    const time = span.chain((ms) => fc.integer({ min: -1_000 * ms, max: 0 }).map((us) => NOW + us / 1_000))
    return fc.assert(
      fc.asyncProperty(fc.array(time, { minLength: 1, maxLength: 400, size: "max" }), async (times) => {
        expect((await readAll(container(times))).size).toBe(times.length)
      }),
      { numRuns: 100 },
    )
  })

  it("they hold what was made at the very time at which one ends", async () => {
    const times = Array.from({ length: 120 }, (_, n) => NOW - 9_000 + 75 * n)
    const source = container(times)
    const { until } = await windowFrom(source, null, NOW)
    expect(times).toContain(until)
    expect((await readAll(source)).size).toBe(120)
  })
})

it("more than a window within one millisecond is taken whole", async () => {
  const source = container([...Array.from({ length: 200 }, (_, n) => NOW - 5_000 + n / 1_000), NOW - 1])
  expect((await readAll(source)).size).toBe(201)
})

it("where the CSE's clock is an hour ahead, what it makes is read in few steps", async () => {
  const source = container(Array.from({ length: 100 }, (_, n) => NOW + 3_600_000 + 100 * n))
  expect((await readAll(source, NOW + 3_500_000)).size).toBe(100)
  expect(source.asked).toBeLessThan(50)
})
