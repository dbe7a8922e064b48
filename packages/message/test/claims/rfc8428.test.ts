/** RFC 8428 section 5.1: the published packs and what they resolve to (section 4.6). */

import type { Json } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { MAX_READINGS, readPack as read } from "../../src/claims/senml.ts"

const NOW = 1_320_000_000
const reading = (name: string, unit: string | null, value: number | null, time: number) => ({
  name,
  unit,
  value,
  text: null,
  flag: null,
  time,
})

/** The readings of a pack without fault, or what is wrong with it. */
const readPack = (pack: Json, now: number) => {
  const found = read(pack, now)
  return typeof found === "string" ? found : (found.fault ?? found.readings)
}

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

  it("4.1: base values alone count for all records behind them", () => {
    const pack = [
      { bn: "urn:dev:x/", bt: 1_310_000_000, bu: "Cel" },
      { n: "temp", v: 18.3 },
      { n: "dew", t: 1, v: 2 },
    ]
    expect(readPack(pack, NOW)).toEqual([
      reading("urn:dev:x/temp", "Cel", 18.3, 1_310_000_000),
      reading("urn:dev:x/dew", "Cel", 2, 1_310_000_001),
    ])
  })

  it("4.1: a base value is added, until another one comes", () => {
    const pack = [
      { bn: "x/", bv: 20, n: "a", v: 1.5 },
      { n: "b", v: -1 },
      { n: "c", vb: true },
      { bv: 0, n: "d", v: 3 },
    ]
    expect(readPack(pack, NOW)).toMatchObject([
      { value: 21.5 },
      { value: 19 },
      { value: null, flag: true },
      { value: 3 },
    ])
  })

  it.each([10, 5, 1])("4.4: version %i is understood", (bver) =>
    expect(
      readPack(
        [
          { bver, n: "x", v: 1 },
          { bver, n: "y", v: 1 },
        ],
        NOW,
      ),
    ).toHaveLength(2),
  )

  it("4.4: what is not known is passed over", () =>
    expect(readPack([{ n: "x", v: 1, foo: { bar: [] }, label: "pump" }], NOW)).toEqual([reading("x", null, 1, NOW)]))

  it("4.2: sums and data are readings without one of our values; update times are no content", () => {
    expect(readPack([{ bs: 1, n: "x", s: 1.5, u: "J" }], NOW)).toEqual([reading("x", "J", null, NOW)])
    expect(readPack([{ n: "x", s: 1.5, v: 2, ut: 60 }], NOW)).toEqual([reading("x", null, 2, NOW)])
    expect(readPack([{ n: "x", vd: "aGkgCg" }], NOW)).toEqual([reading("x", null, null, NOW)])
  })

  it("keeps -0 and every digit where there is no base value", () =>
    expect(readPack([{ n: "x", v: -0 }], NOW)).toEqual([reading("x", null, -0, NOW)]))

  it("resolves times far from the message: whether they may be is judged elsewhere", () => {
    expect(readPack([{ bt: 12_345, n: "x", v: 1 }], NOW)).toEqual([reading("x", null, 1, NOW + 12_345)])
    expect(readPack([{ n: "x", t: NOW * 1000, v: 1 }], NOW)).toEqual([reading("x", null, 1, NOW * 1000)])
  })

  it("names the record that is wrong, and reads the others", () => {
    const pack = [{ bn: "p/", n: "a", v: 1 }, { n: "b c", v: 2 }, 7, { n: "d", v: 4 }]
    expect(read(pack as Json, NOW)).toEqual({
      readings: [reading("p/a", null, 1, NOW), reading("p/d", null, 4, NOW)],
      fault: expect.stringMatching(/^senml record 1 has a name/),
    })
  })

  it("resolves nothing behind a base value that is wrong", () => {
    const pack = [
      { n: "a", v: 1 },
      { bt: "soon", n: "b", v: 2 },
      { n: "c", v: 3 },
    ]
    expect(read(pack, NOW)).toEqual({
      readings: [reading("a", null, 1, NOW)],
      fault: expect.stringMatching(/^senml record 1/),
    })
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
    ["base values alone, and no reading", [{ bn: "urn:x/" }]],
    ["a version that is not understood", [{ bver: 11, n: "x", v: 1 }]],
    ["a version that is none", [{ bver: 0, n: "x", v: 1 }]],
    [
      "two versions",
      [
        { bver: 10, n: "x", v: 1 },
        { bver: 9, n: "y", v: 1 },
      ],
    ],
    ["a sum as text", [{ n: "x", s: "1" }]],
    ["a base sum as text", [{ bs: "1", n: "x", v: 1 }]],
    ["a base value as text", [{ bv: "1", n: "x", v: 1 }]],
    ["a value that overflows with its base value", [{ bv: 1.7e308, n: "x", v: 1.7e308 }]],
    ["data that is not base64url", [{ n: "x", vd: "a+b/" }]],
    ["data beside a value", [{ n: "x", vd: "aGk", v: 1 }]],
    ["an update time as text", [{ n: "x", v: 1, ut: "1" }]],
    ["a name alone", [{ n: "x" }]],
    ["a base member that must be understood", [{ b_: 1 }, { n: "x", v: 1 }]],
    ["an extension that must be understood", [{ n: "x", v: 1, foo_: 1 }]],
    ["a number as text", [{ n: "x", v: "1" }]],
    ["an empty unit", [{ n: "x", u: "", v: 1 }]],
    ["a record that is no object", [[1]]],
    ["a time that overflows", [{ bt: 1.7e308, n: "x", t: 1.7e308, v: 1 }]],
  ])("refuses %s", (_, pack) => {
    expect(readPack(pack, NOW)).toBeTypeOf("string")
  })
})
