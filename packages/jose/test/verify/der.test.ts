import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { derOfSignature } from "../../src/verify/der.ts"
import { isWellFormedSignature } from "../../src/verify/in-thread.ts"

const INPUT = Buffer.from("signing input")
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" })
const N = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

/** The call of before, which converts in OpenSSL. It throws where it refuses the form. */
const asBefore = (key: KeyObject, input: Uint8Array, raw: Uint8Array): boolean =>
  verify("sha256", input, { key, dsaEncoding: "ieee-p1363" }, raw)
const asDer = (key: KeyObject, input: Uint8Array, raw: Uint8Array): boolean =>
  verify("sha256", input, key, derOfSignature(raw))
const signed = (input: Uint8Array): Buffer => sign("sha256", input, { key: pair.privateKey, dsaEncoding: "ieee-p1363" })

/** r and s as a forger chooses them: zeros in front, zero, the order and what lies around it. */
const scalar = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.nat({ max: 32 }).chain((zeros) =>
    fc.uint8Array({ minLength: 32 - zeros, maxLength: 32 - zeros }).map((rest) => {
      const bytes = new Uint8Array(32)
      bytes.set(rest, zeros)
      return bytes
    }),
  ),
  fc.constantFrom("00".repeat(32), `${"00".repeat(31)}01`, `80${"00".repeat(31)}`, "ff".repeat(32), N).chain((hex) =>
    fc.constantFrom(0n, 1n, -1n).map((more) => {
      const value = (BigInt(`0x${hex}`) + more + (1n << 256n)) % (1n << 256n)
      return new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex"))
    }),
  ),
)

describe("derOfSignature", () => {
  it.each([
    ["r = s = 0", "00".repeat(64), "3006020100020100"],
    ["r = 1, s = 127", `${"00".repeat(31)}01${"00".repeat(31)}7f`, "300602010102017f"],
    ["a first bit of 1 takes a zero", `${"00".repeat(31)}80${"00".repeat(30)}8000`, "30090202008002030080 00"],
    ["both full", "ff".repeat(64), `3046022100${"ff".repeat(32)}022100${"ff".repeat(32)}`],
  ])("%s", (_, raw, der) => {
    expect(Buffer.from(derOfSignature(Buffer.from(raw, "hex"))).toString("hex")).toBe(der.replace(" ", ""))
  })

  it("writes what OpenSSL writes: its DER, made raw, comes back", () => {
    for (let n = 0; n < 300; n++) {
      const der = sign("sha256", Buffer.from(`message ${n}`), pair.privateKey)
      const r = der.subarray(4, 4 + der[3]!)
      const s = der.subarray(6 + der[3]!)
      const raw = Buffer.concat([r, s].map((part) => Buffer.concat([Buffer.alloc(32), part]).subarray(-32)))
      expect(Buffer.from(derOfSignature(raw)).equals(der)).toBe(true)
    }
  })

  it("accepts exactly what the raw form accepts: honest signatures, and mutations of one byte or bit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 63 }), fc.nat({ max: 255 }), (input, at, value) => {
        const good = signed(input)
        expect(asDer(pair.publicKey, input, good)).toBe(true)
        const bent = Buffer.from(good)
        bent[at] = value
        expect(asDer(pair.publicKey, input, bent)).toBe(asBefore(pair.publicKey, input, bent))
        expect(asDer(pair.publicKey, input, bent)).toBe(bent.equals(good))
      }),
      { numRuns: 150 },
    )
  })

  it("accepts exactly what the raw form accepts: any r and s, with half of an honest signature or without", () => {
    fc.assert(
      fc.property(scalar, scalar, fc.constantFrom("both", "r", "s"), (r, s, which) => {
        const raw = signed(INPUT)
        if (which !== "s") raw.set(r, 0)
        if (which !== "r") raw.set(s, 32)
        expect(asDer(pair.publicKey, INPUT, raw)).toBe(asBefore(pair.publicKey, INPUT, raw))
      }),
      { numRuns: 300 },
    )
  })

  it("accepts (r, n - s), as the raw form does: both are signatures of RFC 7518", () => {
    const raw = signed(INPUT)
    const s = BigInt(`0x${N}`) - BigInt(`0x${raw.subarray(32).toString("hex")}`)
    raw.set(Buffer.from(s.toString(16).padStart(64, "0"), "hex"), 32)
    expect([asDer(pair.publicKey, INPUT, raw), asBefore(pair.publicKey, INPUT, raw)]).toEqual([true, true])
  })

  it("refuses 0, n and 2^256 - 1 in either place, as the raw form and our own check do", () => {
    for (const at of [0, 32])
      for (const hex of ["00".repeat(32), N, "ff".repeat(32)]) {
        const bent = signed(INPUT)
        bent.set(Buffer.from(hex, "hex"), at)
        expect(isWellFormedSignature("ES256", bent)).toBe(false)
        expect([asDer(pair.publicKey, INPUT, bent), asBefore(pair.publicKey, INPUT, bent)]).toEqual([false, false])
      }
  })
})
