import type { Reading, ReasonCode } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkCapabilities } from "../../src/capability/check.ts"
import { type Capabilities, compileCapabilities, internCapabilities } from "../../src/capability/compile.ts"
import { matches } from "../../src/capability/pattern.ts"

const reading = (
  name: string,
  value: number | null,
  unit: string | null = "Cel",
  text: string | null = null,
): Reading => ({
  name,
  unit,
  value,
  text,
  flag: null,
  time: 0,
})

const caps: Capabilities = {
  measurements: [
    { name: "m/temp", unit: "Cel", min: -40, max: 85 },
    { name: "m/log/*", unit: null, min: null, max: null },
    { name: "m/log/level", unit: null, min: 0, max: 1 },
  ],
  actions: ["telemetry", "event"],
  audiences: ["https://p.example/a", "https://p.example/zone/*"],
  ratePerMinute: 60,
}
const AUD = "https://p.example/a"

describe("checkCapabilities", () => {
  it.each<[string, "telemetry" | "event" | "command", string, Reading[], ReasonCode[]]>([
    ["all granted", "telemetry", AUD, [reading("m/temp", 85), reading("m/log/x", null, null, "hi")], []],
    ["audience below a prefix", "event", "https://p.example/zone/1/b", [], []],
    ["audience that only starts alike", "event", "https://p.example/ab", [], ["credential.audience_refused"]],
    ["prefix itself without its slash", "event", "https://p.example/zone", [], ["credential.audience_refused"]],
    ["act", "command", AUD, [], ["credential.action_refused"]],
    ["name", "telemetry", AUD, [reading("m/tempo", 1)], ["credential.measurement_refused"]],
    ["unit", "telemetry", AUD, [reading("m/temp", 1, "K")], ["credential.measurement_refused"]],
    [
      "no unit where one is granted",
      "telemetry",
      AUD,
      [reading("m/temp", 1, null)],
      ["credential.measurement_refused"],
    ],
    ["above", "telemetry", AUD, [reading("m/temp", 85.01)], ["credential.value_out_of_range"]],
    ["below", "telemetry", AUD, [reading("m/temp", -41)], ["credential.value_out_of_range"]],
    ["text under a range", "telemetry", AUD, [reading("m/temp", null, "Cel", "1")], ["credential.grant_impossible"]],
    ["the wider of two grants counts", "telemetry", AUD, [reading("m/log/level", 7)], []],
    [
      "each reason once",
      "command",
      "x:y",
      [reading("q", 1), reading("r", 1), reading("m/temp", 99)],
      [
        "credential.action_refused",
        "credential.audience_refused",
        "credential.measurement_refused",
        "credential.value_out_of_range",
      ],
    ],
  ])("%s", (_, act, aud, readings, expected) => {
    expect(checkCapabilities({ act, aud }, readings, compileCapabilities(caps))?.reasons ?? []).toEqual(expected)
  })

  it("agrees with a naive reading of the grants", () => {
    const name = fc.stringMatching(/^[ab]{0,3}$/)
    const bound = fc.option(fc.integer({ min: -3, max: 3 }), { nil: null })
    const unit = fc.constantFrom("K", "Cel", null)
    const grant = fc.record({
      name: fc.tuple(name, fc.constantFrom("", "*")).map((p) => p.join("")),
      unit,
      min: bound,
      max: bound,
    })
    const measured = fc.record({ name, unit, value: fc.option(fc.integer({ min: -4, max: 4 }), { nil: null }) })
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 6 }), fc.array(measured, { maxLength: 4 }), (measurements, found) => {
        const readings = found.map(({ name, value, unit }) => reading(name, value, unit, value === null ? "t" : null))
        const named = (r: Reading) =>
          measurements.filter((g) => matches(g.name, r.name) && (g.unit === null || g.unit === r.unit))
        const admits = (g: (typeof measurements)[number], r: Reading) =>
          (g.min === null && g.max === null) ||
          (r.value !== null &&
            r.value >= (g.min ?? Number.NEGATIVE_INFINITY) &&
            r.value <= (g.max ?? Number.POSITIVE_INFINITY))
        const expected = new Set<string>()
        for (const r of readings) {
          if (named(r).length === 0) expected.add("credential.measurement_refused")
          else if (!named(r).some((g) => admits(g, r)))
            expected.add(r.value === null ? "credential.grant_impossible" : "credential.value_out_of_range")
        }
        const compiled = compileCapabilities({ ...caps, measurements })
        const refusal = checkCapabilities({ act: "telemetry", aud: AUD }, readings, compiled)
        expect(new Set(refusal?.reasons ?? [])).toEqual(expected)
      }),
    )
  })

  it("shares one compiled object between equal capabilities only", () => {
    const copy = (): Capabilities => structuredClone(caps)
    expect(internCapabilities(copy())).toBe(internCapabilities(copy()))
    expect(internCapabilities({ ...copy(), ratePerMinute: 61 })).not.toBe(internCapabilities(copy()))
  })
})
