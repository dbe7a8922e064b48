import { ageOf, DEFAULT_RULES, longestAge, type Profile } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { changesOf } from "../../../src/kinds/profile/explain.ts"
import { FIELDS, type Field } from "../../../src/kinds/profile/fields.ts"
import { PROFILE } from "../../../src/kinds/profile/kind.ts"
import { parseProfile } from "../../../src/kinds/profile/parse.ts"

const NOW = 1_760_000_000_000
const text = PROFILE.plain.start!(NOW)
const started = parseProfile(Buffer.from(text)) as Profile

// biome-ignore lint/suspicious/noExplicitAny: the cases below break the types on purpose
type Loose = Record<string, any>

const errorsOf = (change: (json: Loose) => void): ReadonlyArray<{ path: string; message: string; line?: number }> => {
  const json = JSON.parse(text) as Loose
  change(json)
  const read = parseProfile(Buffer.from(JSON.stringify(json, null, 2)))
  return "errors" in read ? read.errors : []
}

const fields = Object.entries(FIELDS).flatMap(([section, named]) =>
  Object.entries<Field>(named).map(([name, field]) => ({ section, name, ...field })),
)

describe("a profile", () => {
  it("starts with the defaults and says so", () => {
    const { version, issued, expires, ...rules } = started
    expect({ version, issued }).toEqual({ version: 1, issued: NOW })
    expect(expires).toBeGreaterThan(NOW)
    expect(rules).toEqual({ ...DEFAULT_RULES, classes: {}, measurements: [], volatile: [], attest: [] })
    expect(PROFILE.plain.explain!(started)).toEqual(["every value is the default"])
  })

  it.each(fields)("keeps $section.$name within its bounds", ({ section, name, min, max, fraction, optional }) => {
    const path = `${section}.${name}`
    for (const value of [min - 1, max + 1, "30", null])
      expect(errorsOf((json) => (json[section][name] = value))[0]).toMatchObject({ path })
    expect(errorsOf((json) => (json[section][name] = min + 0.0001)).some((error) => error.path === path)).toBe(
      fraction !== true,
    )
    const without = errorsOf((json) => delete json[section][name])
    if (optional === true) expect(without).toEqual([])
    else expect(without[0]).toMatchObject({ path, message: "is missing" })
  })

  it("declares measurements and volatile classes, and says what changes of them", () => {
    const declaring = (json: Loose): void => {
      json["measurements"] = [
        { vendor: "acme", class: "meter", name: "*/energy", kind: "counter", period: 900, min: 0 },
        { name: "urn:dev:x:*", max: 100 },
      ]
      json["volatile"] = ["sleeper"]
      json["attest"] = ["gateway"]
    }
    const json = JSON.parse(text) as Loose
    declaring(json)
    const read = parseProfile(Buffer.from(JSON.stringify(json))) as Profile
    expect(read.measurements).toEqual([
      { vendor: "acme", class: "meter", name: "*/energy", kind: "counter", period: 900, min: 0, max: null },
      { vendor: null, class: null, name: "urn:dev:x:*", kind: null, period: null, min: null, max: 100 },
    ])
    const lines = [
      "measurements: acme/meter */energy: counter, each 900 s, from 0: declared",
      "measurements: */* urn:dev:x:*: to 100: declared",
      "volatile: sleeper: looser, a copy of a device is only contested",
      "attest: gateway: looser, affirmed hardware attests a claimed device in place of an operator",
    ]
    expect(PROFILE.plain.explain!(read)).toEqual(lines)
    expect(PROFILE.plain.diff!(started, read, null).lines).toEqual(lines)
    expect(PROFILE.plain.diff!(read, started, null).lines).toHaveLength(4)
    const reversed = { ...read, measurements: read.measurements!.toReversed() }
    expect(PROFILE.plain.diff!(read, reversed, null).lines).toEqual([
      "measurements: in another order: the first that matches counts",
    ])
  })

  it.each<[string, object, string]>([
    ["nothing", { name: "a" }, "measurements[0]"],
    ["an unknown kind", { name: "a", kind: "drift" }, "measurements[0].kind"],
    ["a star within the name", { name: "a*b", kind: "gauge" }, "measurements[0].name"],
    ["two stars", { name: "*a*", kind: "gauge" }, "measurements[0].name"],
    ["a class with a slash", { name: "a", class: "b/c", kind: "gauge" }, "measurements[0].class"],
    ["no period", { name: "a", period: 0 }, "measurements[0].period"],
    ["a range that ends first", { name: "a", min: 2, max: 1 }, "measurements[0].max"],
    ["a member that nobody knows", { name: "a", kind: "gauge", unit: "Cel" }, "measurements[0].unit"],
  ])("refuses a declaration of %s", (_, declaration, path) => {
    expect(errorsOf((json) => (json["measurements"] = [declaration]))[0]).toMatchObject({ path })
  })

  it("that was signed before a field came has its default", () => {
    const { presentationsPerMinute: _, ...positions } = started.positions
    const read = parseProfile(Buffer.from(JSON.stringify({ ...started, positions })))
    expect(read).toEqual(started)
  })

  it.each<[string, (json: Loose) => void, string]>([
    ["an unknown key", (p) => (p.freshness.rumour = 1), "freshness.rumour"],
    ["a lifetime that ends first", (p) => (p.expires = p.issued), "expires"],
    ["a calm above the alarm", (p) => (p.containment.leave = 0.95), "containment.leave"],
    [
      "a longest cooldown below the first",
      (p) => (p.containment.longestCooldownMs = 60_000),
      "containment.longestCooldownMs",
    ],
    ["what raises suspicion before it is reported", (p) => (p.detectors.alarmSurprise = 5), "detectors.reportSurprise"],
  ])("refuses %s, at its line", (_, change, path) => {
    expect(errorsOf(change)[0]).toMatchObject({ path, line: expect.any(Number) })
  })

  it("gives classes ages of their own, within their bounds, and may leave them out", () => {
    expect(errorsOf((json) => delete json.classes)).toEqual([])
    expect(errorsOf((json) => (json.classes = { meter: { telemetry: 31 * 86_400, event: 5 } }))).toEqual([])
    for (const ages of [{ telemetry: 0 }, { telemetry: 1.5 }, { command: 3_601 }, { rumour: 1 }, 7])
      expect(errorsOf((json) => (json.classes = { meter: ages }))[0]?.path).toMatch(/^classes\.meter/)
    expect(errorsOf((json) => (json.classes = { "acme/meter": {} }))[0]?.path).toBe("classes.acme/meter")
  })

  it("says of each class which way its ages go", () => {
    const own = { ...started, classes: { meter: { telemetry: 86_400, command: 5 }, pump: { event: 600 } } }
    const changes = [
      { key: "classes.meter.telemetry", before: 3_600, after: 86_400, unit: "s", effect: "looser" },
      { key: "classes.meter.command", before: 30, after: 5, unit: "s", effect: "tighter" },
    ]
    expect(changesOf(started, own)).toEqual(changes)
    expect(changesOf(own, started).map(({ effect }) => effect)).toEqual(["tighter", "looser"])
    expect(longestAge(own, "telemetry")).toBe(86_400)
    expect(longestAge(own, "command")).toBe(30)
    expect([ageOf(own, "meter", "telemetry"), ageOf(own, "constructor", "telemetry")]).toEqual([86_400, 3_600])
  })

  it("says of each changed number which way it goes", () => {
    const looser = {
      ...DEFAULT_RULES,
      freshness: { ...DEFAULT_RULES.freshness, command: 300 },
      containment: { ...DEFAULT_RULES.containment, cooldownMs: 60_000, strikes: 2, forgetting: 0.9 },
    }
    expect(changesOf(DEFAULT_RULES, looser)).toEqual([
      { key: "freshness.command", before: 30, after: 300, unit: "s", effect: "looser" },
      { key: "containment.forgetting", before: 0.98, after: 0.9, unit: "kept per message", effect: "other" },
      { key: "containment.cooldownMs", before: 600_000, after: 60_000, unit: "ms", effect: "looser" },
      { key: "containment.strikes", before: 3, after: 2, unit: "strikes", effect: "tighter" },
    ])
    expect(PROFILE.plain.explain!({ ...started, ...looser })[0]).toBe("freshness.command: 300 s instead of 30: looser")
  })
})
