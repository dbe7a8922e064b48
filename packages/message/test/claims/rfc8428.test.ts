/** RFC 8428 section 5.1: the published packs and what they resolve to (section 4.6). */

import type { Json } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { MAX_READINGS, readPack } from "../../src/claims/senml.ts"

const NOW = 1_320_000_000
const reading = (name: string, unit: string | null, value: number | null, time: number) => ({
  name,
  unit,
  value,
  text: null,
  flag: null,
  time,
})

describe("RFC 8428", () => {
  it("5.1.1: a single measurement, now", () => {
    expect(readPack([{ n: "urn:dev:ow:10e2073a01080063", u: "Cel", v: 23.1 }], NOW)).toEqual([
      reading("urn:dev:ow:10e2073a01080063", "Cel", 23.1, NOW),
    ])
  })

  it("5.1.2: base name and two measurements", () => {
    const pack = [
      { bn: "urn:dev:ow:10e2073a01080063:", n: "voltage", u: "V", v: 120.1 },
      { n: "current", u: "A", v: 1.2 },
    ]
    expect(readPack(pack, NOW)).toEqual([
      reading("urn:dev:ow:10e2073a01080063:voltage", "V", 120.1, NOW),
      reading("urn:dev:ow:10e2073a01080063:current", "A", 1.2, NOW),
    ])
  })

  it("5.1.2: base time, base unit and relative times", () => {
    const pack = [
      { bn: "urn:dev:ow:10e2073a0108006:", bt: 1.276020076001e9, bu: "A", n: "voltage", u: "V", v: 120.1 },
      { n: "current", t: -5, v: 1.2 },
      { n: "current", t: -4, v: 1.3 },
    ]
    expect(readPack(pack, NOW)).toEqual([
      reading("urn:dev:ow:10e2073a0108006:voltage", "V", 120.1, 1276020076.001),
      reading("urn:dev:ow:10e2073a0108006:current", "A", 1.2, 1276020071.001),
      reading("urn:dev:ow:10e2073a0108006:current", "A", 1.3, 1276020072.001),
    ])
  })

  it("4.5.3: times below 2^28 are relative to now", () => {
    expect(readPack([{ n: "x", t: -60, v: 1 }], NOW)).toEqual([reading("x", null, 1, NOW - 60)])
    expect(readPack([{ n: "x", t: 2 ** 28, v: 1 }], 2 ** 28)).toEqual([reading("x", null, 1, 2 ** 28)])
  })

  it("4.3: units are printable text, also beyond ASCII", () => {
    for (const u of ["Cel", "m/s", "%", "°C", "m3 kg"])
      expect(readPack([{ n: "x", u, v: 1 }], NOW)).toEqual([reading("x", u, 1, NOW)])
  })

  it("5.1.4: strings and booleans", () => {
    const pack = [
      { bn: "urn:dev:ow:10e2073a01080063:", n: "label", vs: "Machine Room" },
      { n: "open", vb: false },
    ]
    expect(readPack(pack, NOW)).toMatchObject([
      { value: null, text: "Machine Room", flag: null },
      { value: null, text: null, flag: false },
    ])
  })

  it.each<[string, Json]>([
    ["no array", { n: "x", v: 1 }],
    ["nothing", []],
    ["too many records", Array.from({ length: MAX_READINGS + 1 }, () => ({ n: "x", v: 1 }))],
    ["no value", [{ n: "x" }]],
    ["two values", [{ n: "x", v: 1, vb: true }]],
    ["no name", [{ v: 1 }]],
    ["a name that starts with a slash", [{ n: "/x", v: 1 }]],
    ["a name with a blank", [{ n: "x y", v: 1 }]],
    ["a name that climbs", [{ bn: "urn:x/", n: "../y", v: 1 }]],
    ["a name with two dots", [{ n: "x..y", v: 1 }]],
    ["a unit that steers a terminal", [{ n: "x", u: "Cel\u001b[2J", v: 1 }]],
    ["a unit with a C1 control", [{ n: "x", u: "\u009b2J", v: 1 }]],
    ["a base unit that turns its text", [{ n: "x", bu: "\u202eleC", v: 1 }]],
    ["a unit of blanks", [{ n: "x", u: " ", v: 1 }]],
    ["a time long before the message", [{ n: "x", t: 2 ** 28, v: 1 }]],
    ["a time in milliseconds", [{ n: "x", t: NOW * 1000, v: 1 }]],
    ["a time long after the message", [{ n: "x", t: 200_000, v: 1 }]],
    ["a base value, which would change the measurement", [{ bv: 10, n: "x", v: 1 }]],
    ["a sum", [{ n: "x", s: 1, v: 1 }]],
    ["an extension that must be understood", [{ n: "x", v: 1, foo_: 1 }]],
    ["a number as text", [{ n: "x", v: "1" }]],
    ["an empty unit", [{ n: "x", u: "", v: 1 }]],
    ["a record that is no object", [[1]]],
    ["a time that overflows", [{ bt: 1.7e308, n: "x", t: 1.7e308, v: 1 }]],
  ])("refuses %s", (_, pack) => {
    expect(readPack(pack, NOW)).toBeTypeOf("string")
  })
})
