import type { TrustState } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as d from "../src/index.ts"
import { ALLOWED } from "./allowed-transitions.ts"
import { LAYOUT, newDevice } from "./device.ts"
import { daily, flood, levelShift, novelRange, rate, silence, stuck } from "./signals.ts"

const config = d.DETECTION_DEFAULTS
const proof = d.weigh(["identity.clone_evidence"])
const strike = d.weigh(["integrity.chain_broken"])
const misconduct = d.weigh(["credential.measurement_refused"])

interface Step {
  readonly signals: number
  readonly evidence: d.Evidence
  readonly gapMs: number
}
const clean = (gapMs = 1000): Step => ({ signals: 0, evidence: d.NO_EVIDENCE, gapMs })
const seen = (signals: number, evidence = d.NO_EVIDENCE): Step => ({ signals, evidence, gapMs: 1000 })
const many = (count: number, step: Step): ReadonlyArray<Step> => Array.from({ length: count }, () => step)

/** Carries every transition out, as with a breaker that never opens; a tick comes before each step. */
const run = (steps: ReadonlyArray<Step>, device = newDevice(0), start = 0): ReadonlyArray<TrustState> => {
  let time = start
  return steps.map(({ signals, evidence, gapMs }) => {
    time += gapMs
    const passed = d.elapsed(device, time)
    if (passed !== undefined) d.enter(device, passed, time)
    device.heard = time
    const isClean = signals === 0 && evidence.weight === 0
    const trigger = d.consider(device, { signals, evidence, clean: isClean }, time, config)
    if (trigger === "calm") d.enter(device, "trusted", time)
    else if (trigger === "alarm") d.enter(device, "watched", time)
    else if (trigger === "persistence") d.quarantine(device, "statistical", time, config)
    else if (trigger === "proof") d.quarantine(device, "proven", time, config)
    return d.trustOf(device)
  })
}
const trusted = many(config.learnMessages, clean())

describe("standing, as a table", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Step>, TrustState]> = [
    ["is learning before the eighth clean message", many(7, clean()), "learning"],
    ["is trusted after the eighth", trusted, "trusted"],
    ["forgives one alarm", [...trusted, seen(novelRange)], "trusted"],
    ["forgives scattered alarms", [...trusted, ...many(3, seen(stuck)), ...many(9, clean()), seen(stuck)], "trusted"],
    ["watches a persistent alarm", [...trusted, ...many(4, seen(daily))], "watched"],
    ["keeps watching while suspicion fades", [...trusted, ...many(4, seen(daily)), ...many(10, clean())], "watched"],
    ["trusts again after enough calm", [...trusted, ...many(4, seen(daily)), ...many(30, clean())], "trusted"],
    ["never quarantines for one family", [...trusted, ...many(500, seen(daily | levelShift | novelRange))], "watched"],
    ["quarantines for two families that persist", [...trusted, ...many(20, seen(daily | flood))], "quarantined"],
    ["counts conduct as a family", [...trusted, ...many(30, seen(daily, misconduct))], "quarantined"],
    ["quarantines at once on proof", [...trusted, seen(0, proof)], "quarantined"],
    ["forgives two strikes", [...trusted, ...many(2, seen(0, strike))], "trusted"],
    ["quarantines on the third strike", [...trusted, ...many(3, seen(0, strike))], "quarantined"],
    [
      "lets strikes expire",
      [...trusted, ...many(3, { signals: 0, evidence: strike, gapMs: config.strikeWindowMs })],
      "trusted",
    ],
    [
      "ends a statistical quarantine in probation",
      [...trusted, ...many(20, seen(daily | flood)), clean(config.cooldownMs)],
      "probation",
    ],
    [
      "ends probation in trust",
      [...trusted, ...many(20, seen(daily | flood)), clean(config.cooldownMs), ...many(20, clean())],
      "trusted",
    ],
    [
      "never ends a proven quarantine by time",
      [...trusted, seen(0, proof), ...many(50, clean(86_400_000))],
      "quarantined",
    ],
    ["lets trust lapse in silence", [...trusted, clean(config.staleMs + 1)], "stale"],
    ["and earns it back", [...trusted, clean(config.staleMs + 1), ...many(8, clean())], "trusted"],
  ]
  for (const [name, steps, expected] of cases) it(name, () => expect(run(steps).at(-1)).toBe(expected))

  it("doubles the cooldown with every statistical quarantine, up to a day", () => {
    const device = newDevice(0)
    const cooldowns = Array.from({ length: 12 }, () => {
      d.quarantine(device, "statistical", 1000, config)
      return device.until - 1000
    })
    expect(cooldowns.slice(0, 4)).toEqual([1, 2, 4, 8].map((n) => n * config.cooldownMs))
    expect(cooldowns.at(-1)).toBe(config.longestCooldownMs)
  })
})

const statistical = fc.constantFrom(
  0,
  ...[levelShift, novelRange, stuck, daily, rate, silence, flood],
  levelShift | daily,
  stuck | rate,
  daily | flood,
  levelShift | novelRange | stuck | daily | rate | silence | flood,
)
const anyStep: fc.Arbitrary<Step> = fc.record({
  signals: statistical,
  evidence: fc.constantFrom(d.NO_EVIDENCE, d.NO_EVIDENCE, d.NO_EVIDENCE, misconduct, strike, proof),
  gapMs: fc.constantFrom(0, 1, 1000, 600_000, 8 * 86_400_000),
})
describe("standing, whatever comes", () => {
  it("never leaves revoked", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
        const device = newDevice(0)
        d.enter(device, "revoked", 0)
        expect(run(steps, device).every((state) => state === "revoked")).toBe(true)
      }),
    )
  })

  it("is never quarantined by the families of one kind of statistic", () => {
    const families = [flood | rate | silence, levelShift | novelRange | daily | stuck]
    const steps = fc.constantFrom(...families).chain((mask) =>
      fc.array(
        fc
          .record({ bits: statistical, gapMs: fc.constantFrom(0, 1000, 600_000) })
          .map(({ bits, gapMs }): Step => ({ signals: bits & mask, evidence: d.NO_EVIDENCE, gapMs })),
        { maxLength: 400 },
      ),
    )
    fc.assert(
      fc.property(steps, (list) => {
        expect(run(list)).not.toContain("quarantined")
      }),
    )
  })

  it("moves only along the drawn arrows, and by proof from anywhere", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
        const device = newDevice(0)
        let time = 0
        for (const step of steps) {
          const from = d.trustOf(device)
          const to = run([step], device, time).at(-1)!
          time += step.gapMs
          // One step may both end a cooldown and judge a message; then it made two moves.
          const through = ALLOWED[from].some((middle) => ALLOWED[middle].includes(to))
          expect(from === to || ALLOWED[from].includes(to) || through, `${from} -> ${to}`).toBe(true)
          if (step.evidence.quarantine) expect(to).toBe("quarantined")
        }
      }),
    )
  })

  it("is a function of its entries: in one piece or in any two, from copies", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 100 }), fc.nat(100), (steps, at) => {
        const whole = newDevice(0)
        run(steps, whole)
        const first = newDevice(0)
        run(steps.slice(0, at), first)
        const passed = steps.slice(0, at).reduce((sum, step) => sum + step.gapMs, 0)
        const second = LAYOUT.draft(LAYOUT.decode(LAYOUT.encode(LAYOUT.seal(first))))
        run(steps.slice(at), second, passed)
        expect(LAYOUT.seal(second)).toEqual(LAYOUT.seal(whole))
      }),
    )
  })

  it("keeps every number finite and suspicion within 0..1", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
        const device = newDevice(0)
        run(steps, device)
        for (const name of Object.keys(d.DEVICE) as Array<keyof d.DeviceDraft>) {
          const value = device[name]
          if (typeof value === "number") expect(Number.isFinite(value), name).toBe(true)
        }
        for (let family = 0; family < d.FAMILIES.length; family++) {
          const level = device.suspicion.at(family)
          expect(level >= 0 && level <= 1).toBe(true)
        }
      }),
    )
  })
})
