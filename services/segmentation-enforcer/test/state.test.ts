import { readFileSync } from "node:fs"
import { compilePolicy } from "@assay/segmentation"
import { NO_KNOWLEDGE, type StateView, type TickEntry } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { applySegmentation } from "../src/apply.ts"
import type { Incidents } from "../src/changed-policy.ts"
import {
  chargeRate,
  deniedZones,
  FORGET_AFTER_MS,
  forgetAt,
  LAYOUT,
  rememberDenied,
  type SegmentationState,
} from "../src/state.ts"
import { ACTIVE, NOON } from "./support.ts"

const rated = compilePolicy(ACTIVE.body).conduits.find((c) => c.id === "rated")!

const AT_NOON = { time: NOON, signed: NOON }

describe("chargeRate", () => {
  const carried = (messages: ReadonlyArray<{ time: number; signed: number }>): number => {
    let state: SegmentationState | undefined
    return messages.filter((times) => {
      const next = chargeRate(state, rated, times)
      if (next !== null) state = next
      return next !== null
    }).length
  }
  const MINUTE = 60_000

  it("carries what was signed in time, however it was held, reversed and let go", () => {
    const signed = Array.from({ length: 60 }, (_, i) => NOON + i * 20_000)
    expect(carried(signed.map((at) => ({ time: NOON + 60 * MINUTE, signed: at })))).toBe(60)
    const pairs = signed.flatMap((_, i) => (i % 2 === 0 ? [signed[i + 1]!, signed[i]!] : []))
    expect(carried(pairs.map((at) => ({ time: NOON + 60 * MINUTE, signed: at })))).toBe(60)
  })
  it("carries what comes in time from a clock that stands still, and no more than that", () => {
    const still = Array.from({ length: 60 }, (_, i) => ({ time: NOON + i * 20_000, signed: NOON }))
    expect(carried(still)).toBe(60)
    expect(carried(Array.from({ length: 60 }, (_, i) => ({ time: NOON + i * 2_000, signed: NOON })))).toBe(3 + 5)
  })

  it("never carries more than a bucket that is refilled would, nor less", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 200 }),
        (rate, gaps) => {
          const intervalUs = Math.floor(60_000_000 / rate)
          const conduit = { ...rated, intervalUs, burstUs: intervalUs * (rate - 1) }
          // The textbook bucket in microseconds of credit, written down on its own.
          let credit = intervalUs * rate
          let state: SegmentationState | undefined
          let time = NOON
          for (const gap of gaps) {
            time += gap
            credit = Math.min(intervalUs * rate, credit + gap * 1_000)
            const charged = chargeRate(state, conduit, { time, signed: time })
            expect(charged !== null).toBe(credit >= intervalUs)
            if (charged === null) continue
            credit -= intervalUs
            state = charged
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it("keeps four conduits, and hopping over more pays for the fifth", () => {
    let state: SegmentationState | undefined
    let carried = 0
    for (let i = 0; i < 200; i++) {
      const next = chargeRate(state, { ...rated, id: `c${i % 5}` }, { time: NOON, signed: NOON })
      if (next === null) continue
      carried++
      state = next
    }
    expect(state?.rates.length).toBe(4)
    // Five conduits of three a minute; without the taken-over debt all 200 would pass.
    expect(carried).toBeLessThanOrEqual(15)
  })
})

describe("rememberDenied", () => {
  it("makes no sweep of what a carrier held, nor of what a clock that stands still signed", () => {
    const tried = (times: ReadonlyArray<{ time: number; signed: number }>): number => {
      let state: SegmentationState | undefined
      for (const [i, at] of times.entries()) state = rememberDenied(state, `z${i}`, at, 600_000)
      return deniedZones(state!, times.at(-1)!)
    }
    const hours = [0, 1, 2, 3].map((hour) => NOON + hour * 3_600_000)
    expect(tried(hours.map((signed) => ({ time: hours[3]!, signed })))).toBe(1)
    expect(tried(hours.map((time) => ({ time, signed: NOON })))).toBe(1)
    expect(tried(hours.map((_, i) => ({ time: NOON + i, signed: NOON + i })))).toBe(4)
  })

  it("stays within its bounds whatever is tried", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 100 })), { maxLength: 60 }),
        (tries) => {
          let state: SegmentationState | undefined
          let time = NOON
          const all: Array<readonly [zone: string, time: number]> = []
          for (const [zone, gap] of tries) {
            time += gap
            state = rememberDenied(state, `z${zone}`, { time, signed: time }, 1_000)
            all.push([`z${zone}`, time])
            const distinct = new Set(all.filter(([, t]) => t + 1_000 > time).map(([z]) => z)).size
            expect(deniedZones(state, { time, signed: time })).toBe(Math.min(8, distinct))
            expect(new Set([...state.denied].map((d) => d.zone)).size).toBe(state.denied.length)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

interface Plain {
  readonly denied: ReadonlyArray<{ readonly zone: string; readonly until: number; readonly signed: number }>
  readonly rates: ReadonlyArray<{
    readonly conduit: string
    readonly paidUntil: number
    readonly signedUntil: number
    readonly signed: number
  }>
  readonly passed: ReadonlyArray<{ readonly flow: number; readonly version: number }>
}

const stateOf = ({ denied, rates, passed }: Plain): SegmentationState => {
  const draft = LAYOUT.draft()
  for (const one of denied) Object.assign(draft.denied.push(), one)
  for (const one of rates) Object.assign(draft.rates.push(), one)
  for (const one of passed) Object.assign(draft.passed.push(), one)
  return LAYOUT.seal(draft)
}

const plainOf = ({ denied, rates, passed }: SegmentationState): Plain => ({
  denied: [...denied].map(({ zone, until, signed }) => ({ zone, until, signed })),
  rates: [...rates].map(({ conduit, paidUntil, signedUntil, signed }) => ({ conduit, paidUntil, signedUntil, signed })),
  passed: [...passed].map(({ flow, version }) => ({ flow, version })),
})

describe("the stored state", () => {
  const TIMES = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  const arbitrary = fc.record({
    denied: fc.array(fc.record({ zone: fc.string({ maxLength: 32 }), until: TIMES, signed: TIMES }), { maxLength: 8 }),
    rates: fc.array(
      fc.record({ conduit: fc.string({ maxLength: 32 }), paidUntil: TIMES, signedUntil: TIMES, signed: TIMES }),
      { maxLength: 4 },
    ),
    passed: fc.array(fc.record({ flow: fc.nat(), version: fc.nat() }), { maxLength: 8 }),
  })
  it("comes back as it was", () => {
    fc.assert(
      fc.property(arbitrary, (state) => {
        const kept = stateOf(state)
        expect(plainOf(kept)).toEqual(state)
        expect(LAYOUT.decode(LAYOUT.encode(kept))).toEqual(kept)
        expect(plainOf(LAYOUT.decode(LAYOUT.encode(kept)))).toEqual(state)
      }),
    )
  })
  it("has the golden bytes of its version", () => {
    const golden = readFileSync(new URL("./golden/state.v4.bin", import.meta.url))
    const state = {
      denied: [
        { zone: "?", until: NOON, signed: NOON + 2 },
        { zone: "cell-1", until: NOON + 1, signed: NOON + 3 },
      ],
      rates: [{ conduit: "line-to-lab", paidUntil: NOON * 1_000, signedUntil: NOON * 1_000 + 4, signed: NOON + 5 }],
      passed: [{ flow: 0xfffffff0, version: 7 }],
    }
    expect(Buffer.compare(LAYOUT.encode(stateOf(state)), golden)).toBe(0)
    expect(plainOf(LAYOUT.decode(golden))).toEqual(state)
  })
  it("is small: one rated conduit under 60 bytes, the worst under 800", () => {
    const one = chargeRate(undefined, rated, AT_NOON)!
    expect(LAYOUT.encode(one).length).toBeLessThan(60)
    const until = NOON * 1_000
    const worst = {
      denied: Array.from({ length: 8 }, (_, i) => ({ zone: `${i}`.repeat(32), until, signed: until })),
      rates: Array.from({ length: 4 }, (_, i) => ({
        conduit: `${i}`.repeat(32),
        paidUntil: until,
        signedUntil: until,
        signed: until,
      })),
      passed: Array.from({ length: 8 }, (_, i) => ({ flow: i, version: i })),
    }
    expect(LAYOUT.encode(stateOf(worst)).length).toBeLessThan(800)
  })
  it("is refused in another version", () => {
    expect(() => LAYOUT.decode(Uint8Array.of(2, 0, 0))).toThrow(/version 2, where only 4 is known/)
  })
})

describe("apply", () => {
  it("forgets on a tick what has meant nothing for an hour, and only that", () => {
    const state = rememberDenied(chargeRate(undefined, rated, AT_NOON)!, "lab", AT_NOON, 600_000)
    expect(forgetAt(state)!).toBe(NOON + 600_000 + FORGET_AFTER_MS)
    const asked: Array<readonly [number, number]> = []
    const states: StateView<SegmentationState, Incidents> = {
      get: () => state,
      shared: undefined,
      isAdmitted: () => true,
      admittedWhere: () => [],
      ownKeys: () => [],
      due: (time, limit) => {
        asked.push([time, limit])
        return time >= forgetAt(state)! ? ["did:key:zA"] : []
      },
      admitted: 1,
    }
    const tick = (time: number): TickEntry => ({
      kind: "tick",
      origin: { epoch: 0, partition: 0, offset: 1 },
      time,
      knowledge: { ...NO_KNOWLEDGE, policy: ACTIVE },
    })
    expect(applySegmentation(tick(NOON), states, 10).states).toEqual([])
    expect(applySegmentation(tick(forgetAt(state)!), states, 10).states).toEqual([["did:key:zA", null]])
    expect(asked).toEqual([
      [NOON, 10],
      [forgetAt(state)!, 10],
    ])
    expect(
      applySegmentation({ ...tick(forgetAt(state)!), kind: "admission", device: "d", proof: null }, states, 10).states,
    ).toEqual([])
  })
})
