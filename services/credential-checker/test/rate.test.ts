import { costOf, fullLevel } from "@assay/trust/kit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { spend } from "../src/rate.ts"

const T = 1_700_000_000_000
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 3_600

const begun = (rate: number) => ({ level: fullLevel(rate), at: T, signed: T, used: 0 })

/** How many of these (signed, arrived) are refused. */
const refusals = (rate: number, messages: ReadonlyArray<readonly [iat: number, time: number]>, age = HOUR): number => {
  let buckets: ReturnType<typeof begun> = begun(rate)
  let refused = 0
  for (const [iat, time] of messages) {
    const { beyond, ...next } = spend(buckets, iat, time, rate, age)
    if (beyond !== null) refused++
    buckets = next
  }
  return refused
}
const steady = (count: number, gap: number) => Array.from({ length: count }, (_, i) => T + i * gap)

describe("the rate of a device", () => {
  it("passes what was signed in time, however it is held and let go", () => {
    const signed = steady(180, SECOND)
    expect(
      refusals(
        90,
        signed.map((iat) => [iat, T + 180 * SECOND]),
      ),
    ).toBe(0)
    const hours = steady(360, MINUTE)
    expect(
      refusals(
        1,
        hours.map((iat) => [iat, T + 360 * MINUTE]),
        6 * HOUR,
      ),
    ).toBe(0)
  })

  it("passes what comes in time, from a clock that stands still", () =>
    expect(
      refusals(
        60,
        steady(500, SECOND).map((time) => [T, time]),
      ),
    ).toBe(0))

  it("refuses what is signed too often and comes so", () => {
    const signed = steady(300, 100)
    expect(
      refusals(
        60,
        signed.map((iat) => [iat, iat]),
      ),
    ).toBeGreaterThan(200)
  })

  it("charges nothing that a later message overtook", () => {
    const signed = steady(100, MINUTE)
    const pairs = signed.flatMap((_, i) => (i % 2 === 0 ? [signed[i + 1]!, signed[i]!] : []))
    expect(
      refusals(
        1,
        pairs.map((iat) => [iat, T + 100 * MINUTE]),
        2 * HOUR,
      ),
    ).toBe(0)
  })

  it("refuses a flood that its signer dates over the whole time that is accepted, and only that", () => {
    // As many as an hour and a minute carry are the device's right; what is beyond comes from none that keeps its rate.
    const dated = (count: number) => Array.from({ length: count }, (_, i) => [T - HOUR * SECOND + i * 100, T] as const)
    expect(refusals(60, dated(61 * 60))).toBe(0)
    expect(refusals(60, dated(61 * 60 + 500))).toBe(500)
    const falling = Array.from({ length: 61 * 60 + 500 }, (_, i) => [T - i * SECOND, T] as const)
    expect(refusals(60, falling)).toBe(500)
  })

  it("carries a lasting flood no faster than the rate", () => {
    const dated = Array.from({ length: 20_000 }, (_, i) => [T + i * SECOND, T + i * 100] as const)
    const lasting = 20_000 - refusals(60, dated)
    expect(lasting).toBeLessThanOrEqual(61 * 60 + (20_000 * 100) / SECOND)
  })

  it("refuses none of a device that keeps its rate, whatever a carrier does within the age that is accepted", () => {
    const arrival = fc.record({
      rate: fc.constantFrom(1, 2, 7, 60, 600),
      hold: fc.array(fc.nat(50 * 60), { minLength: 50, maxLength: 50 }),
    })
    fc.assert(
      fc.property(arrival, ({ rate, hold }) => {
        const gap = Math.ceil(MINUTE / rate / SECOND) * SECOND
        const sent = hold.map((seconds, i) => [T + i * gap, T + i * gap + seconds * SECOND] as const)
        const arrived = sent.toSorted((a, b) => a[1] - b[1])
        expect(refusals(rate, arrived)).toBe(0)
      }),
    )
  })

  it("stays within the safe integers", () => {
    const { used, level } = spend(
      { level: 0, at: 0, signed: 0, used: costOf(40_000_000) },
      T,
      T,
      1_000_000,
      31 * 24 * HOUR,
    )
    expect([used, level].every(Number.isSafeInteger)).toBe(true)
  })
})
