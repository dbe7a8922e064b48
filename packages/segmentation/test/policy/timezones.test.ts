import type { SegmentationPolicy } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { compilePolicy } from "../../src/compile/compile.ts"
import { isOpenAt } from "../../src/compile/conduit.ts"
import { parsePolicy } from "../../src/policy/parse.ts"
import { missingZones, timezonesText, withTimezones } from "../../src/policy/timezones.ts"

const text = (window: string, more = ""): string => `kind: assay/segmentation/v1
version: 1
issued: 2026-01-01
expires: 2028-01-01
zones:
  - { id: a, securityLevel: 1, audiences: ["https://p.example/a/*"] }
assignments:
  - { zone: a, vendor: acme }
conduits:
  - { id: daily, from: a, to: a, actions: [config], window: ${window}, owner: o, reason: r }
lateral: { zones: 3, window: 10m }
${more}`

const read = (source: string): SegmentationPolicy => {
  const { policy, problems } = parsePolicy(source)
  if (policy === null) throw new Error(JSON.stringify(problems))
  return policy
}
const completed = (window: string): SegmentationPolicy => {
  const policy = withTimezones(read(text(window)))
  if ("unknown" in policy) throw new Error(policy.unknown)
  return policy
}
const isOpen = (policy: SegmentationPolicy, at: string): boolean =>
  isOpenAt(compilePolicy(policy).conduits[0]!, Date.parse(at))

describe("windows in a time zone", () => {
  const berlin = completed("06:00-22:00 Europe/Berlin")

  it("become the instants at which the clock of the zone changes, from issued to expires", () => {
    expect(berlin.timezones).toEqual({
      "Europe/Berlin": [
        { from: Date.parse("2026-01-01T00:00:00Z"), offset: 60 },
        { from: Date.parse("2026-03-29T01:00:00Z"), offset: 120 },
        { from: Date.parse("2026-10-25T01:00:00Z"), offset: 60 },
        { from: Date.parse("2027-03-28T01:00:00Z"), offset: 120 },
        { from: Date.parse("2027-10-31T01:00:00Z"), offset: 60 },
      ],
    })
  })

  it.each([
    ["2026-01-15T04:59:00Z", false],
    ["2026-01-15T05:00:00Z", true],
    ["2026-01-15T21:00:00Z", false],
    ["2026-07-15T03:59:00Z", false],
    ["2026-07-15T04:00:00Z", true],
    ["2026-07-15T20:00:00Z", false],
    // Before it was issued its first offset counts, after it expired its last.
    ["2025-07-15T05:00:00Z", true],
    ["2028-07-15T04:59:00Z", false],
  ])("at %s are open: %j", (at, open) => expect(isOpen(berlin, at)).toBe(open))

  it("pass midnight, also west of UTC and at half hours", () => {
    const night = completed("22:00-06:00 America/St_Johns")
    expect(isOpen(night, "2026-01-15T01:29:00Z")).toBe(false)
    expect(isOpen(night, "2026-01-15T01:30:00Z")).toBe(true)
    expect(isOpen(night, "2026-01-15T09:29:00Z")).toBe(true)
    expect(isOpen(night, "2026-01-15T09:30:00Z")).toBe(false)
  })

  it("are read from the text that is signed, and then from nothing else", () => {
    const signed = read(text("06:00-22:00 Europe/Berlin", timezonesText(berlin)))
    expect(signed).toEqual(berlin)
    expect(withTimezones(signed)).toBe(signed)
    const moved = read(
      text("06:00-22:00 Nowhere/Atlantis", "timezones: { Nowhere/Atlantis: [{ from: 2026-01-01, offset: -240 }] }"),
    )
    expect(isOpen(moved, "2026-01-15T10:00:00Z")).toBe(true)
    expect(isOpen(moved, "2026-01-15T09:59:00Z")).toBe(false)
  })

  it("leave a conduit closed where the instants are missing", () => {
    const bare = read(text("06:00-22:00 Europe/Berlin"))
    expect(missingZones(bare)).toEqual(["Europe/Berlin"])
    expect(isOpen(bare, "2026-01-15T12:00:00Z")).toBe(false)
  })

  it("name zones that there are", () => {
    expect(withTimezones(read(text("06:00-22:00 Europe/Atlantis")))).toEqual({ unknown: "Europe/Atlantis" })
    expect(missingZones(read(text("06:00-22:00")))).toEqual([])
  })

  it.each<[string, string, string]>([
    ["06:00-22:00 ../etc/passwd", "", "conduits[0].window"],
    ["06:00-22:00 Europe/Berlin x", "", "conduits[0].window"],
    ["06:00-22:00", "timezones: [x]", "timezones"],
    ["06:00-22:00", "timezones: { x y: [{ from: 2026-01-01, offset: 0 }] }", "timezones.x y"],
    ["06:00-22:00", "timezones: { UTC: [] }", "timezones.UTC"],
    ["06:00-22:00", "timezones: { UTC: [{ from: 2026-01-01, offset: 2000 }] }", "timezones.UTC[0].offset"],
    [
      "06:00-22:00",
      "timezones: { UTC: [{ from: 2026-01-02, offset: 0 }, { from: 2026-01-01, offset: 1 }] }",
      "timezones.UTC",
    ],
  ])("are refused as %j with %j", (window, more, key) => {
    const { policy, problems } = parsePolicy(text(window, more))
    expect(policy).toBeNull()
    expect(problems[0]?.key).toBe(key)
  })
})
