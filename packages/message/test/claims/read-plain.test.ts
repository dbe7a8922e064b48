/** Telemetry is read from the bytes to the same claims, and refused in the same words, as any other spelling of it. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readClaims } from "../../src/claims/read.ts"
import { readPlain } from "../../src/claims/read-plain.ts"

const HEADER = { alg: "Ed25519", kid: "did:key:z#z", typ: "m2m-message+jwt" } as const
const FW = { vendor: "acme", class: "pump", digest: "ab".repeat(32), version: "1.0.0", svn: 3 }
const MESSAGE = {
  iss: "did:key:z",
  aud: "https://plant.example/line/1",
  iat: 1_700_000_000,
  act: "telemetry",
  epo: 1,
  seq: 2,
  prv: "A".repeat(43),
  senml: [
    { bn: "urn:dev:acme:", bt: -5, bu: "Cel", n: "t", v: 18.25 },
    { n: "u", u: "%RH", t: 1, vs: "wet" },
    { n: "x", vb: true },
  ],
  fw: FW,
}

const read = (text: string) => readClaims(HEADER, Buffer.from(text, "latin1"), "digest")

/** A blank in front changes nothing but the way in which it is read. */
const both = (text: string) => [read(text), read(` ${text}`)] as const

const values = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    null,
    true,
    "",
    "did:key:z",
    "telemetry",
    "event",
    "a b",
    "..",
    [],
    {},
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: "binary-ascii", maxLength: 8 }),
)

/** The message with one member, of itself, a record or its firmware, put in, changed or taken away. */
const payloads = fc
  .record({
    where: fc.constantFrom("message", "record", "fw"),
    member: fc.constantFrom(
      ...Object.keys(MESSAGE),
      "bn",
      "bt",
      "bu",
      "n",
      "u",
      "t",
      "v",
      "vs",
      "vb",
      "vc",
      ...Object.keys(FW),
    ),
    value: fc.option(values, { nil: undefined }),
    reverse: fc.boolean(),
  })
  .map(({ where, member, value, reverse }) => {
    const put = (into: object): object => ({ ...into, [member]: value })
    const [first, ...others] = MESSAGE.senml
    const changed =
      where === "message"
        ? put(MESSAGE)
        : where === "fw"
          ? { ...MESSAGE, fw: put(FW) }
          : { ...MESSAGE, senml: [put(first!), ...others] }
    const members = Object.entries(changed)
    return JSON.stringify(Object.fromEntries(reverse ? members.reverse() : members))
  })

describe("telemetry as machines write it", () => {
  it("takes the short way", () => {
    const found = readPlain(Buffer.from(JSON.stringify(MESSAGE)))
    expect(found).toMatchObject({ iss: "did:key:z", seq: 2, fw: FW })
    expect(found!.readings).toEqual([
      { name: "urn:dev:acme:t", unit: "Cel", value: 18.25, text: null, flag: null, time: 1_699_999_995 },
      { name: "urn:dev:acme:u", unit: "%RH", value: null, text: "wet", flag: null, time: 1_699_999_996 },
      { name: "urn:dev:acme:x", unit: "Cel", value: null, text: null, flag: true, time: 1_699_999_995 },
    ])
  })

  it("comes to the same claims or the same words with any member changed", () => {
    fc.assert(
      fc.property(payloads, (text) => {
        const [short, long] = both(text)
        expect(short).toEqual(long)
      }),
      { numRuns: 3_000 },
    )
  })

  it("comes to the same claims or the same words with any byte changed", () => {
    const whole = JSON.stringify(MESSAGE)
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[],:"\\0123456789.-e nt')))
    fc.assert(
      fc.property(fc.nat(whole.length), byte, fc.nat(2), fc.nat(40), (at, code, cut, again) => {
        // Also a part of it twice: members that are repeated, names in names.
        const text = `${whole.slice(0, at)}${String.fromCharCode(code)}${whole.slice(at + cut - Math.min(again, at))}`
        const [short, long] = both(text)
        expect(short).toEqual(long)
      }),
      { numRuns: 4_000 },
    )
  })

  it.each([
    ["a member twice", JSON.stringify(MESSAGE).replace('"epo":1', '"epo":1,"epo":1')],
    ["senml before iat", JSON.stringify(Object.fromEntries(Object.entries(MESSAGE).reverse()))],
    ["an escape", JSON.stringify(MESSAGE).replace("did:key:z", "did:key:\\u007a")],
    ["a blank", JSON.stringify(MESSAGE, null, 1)],
  ])("leaves to the long way: %s", (_, text) => {
    expect(readPlain(Buffer.from(text))).toBeNull()
    const [short, long] = both(text)
    expect(short).toEqual(long)
  })
})
