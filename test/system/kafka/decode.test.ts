/**
 * Bytes that anybody may have written: whatever is cut, changed or claimed in them, decoding ends at once and with a WireError.
 * (Where the changed bytes happen to be a record, it is one.)
 */
import {
  decodeAssayed,
  decodeAudit,
  decodeCheckpoint,
  decodeEntry,
  decodeKnowledge,
  decodeRejected,
  encodeAssayed,
  encodeAudit,
  encodeCheckpoint,
  encodeEntry,
  encodeKnowledge,
  encodeRejected,
  WireError,
} from "@assay/schemas"
import { SAMPLES } from "@assay/testkit/samples"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

type Decode = (record: Uint8Array) => unknown
const codec = (decode: Decode, encode: (value: never) => Uint8Array): readonly [Decode, (value: unknown) => Buffer] => [
  decode,
  (value) => Buffer.from(encode(value as never)),
]
const CODECS: Readonly<Record<string, ReturnType<typeof codec>>> = {
  entry: codec(decodeEntry, encodeEntry),
  "assayed-message": codec(decodeAssayed, encodeAssayed),
  "audit-event": codec(decodeAudit, encodeAudit),
  checkpoint: codec(decodeCheckpoint, encodeCheckpoint),
  "knowledge-item": codec(decodeKnowledge, encodeKnowledge),
  "rejected-record": codec(decodeRejected, encodeRejected),
}
const RECORDS = Object.entries(SAMPLES).flatMap(([name, value]) => {
  const found = CODECS[name.split(".")[0]!]
  return found === undefined ? [] : [[name, found[0], found[1](value)] as const]
})

/** Zigzag varints of what a length or a count may claim: 2^31 - 1, 2^31, 2^53 - 1, -1, -2^31, -2^53, and one without an end. */
const CLAIMS = [
  "feffffff0f",
  "8080808010",
  "feffffffffffff1f",
  "01",
  "ffffffff0f",
  "ffffffffffffff1f",
  "ffffffffffffffffffffffffffffff",
].map((hex) => Buffer.from(hex, "hex"))

describe.each(RECORDS)("a record of %s", (_, decode, whole) => {
  const isRefused = (bytes: Buffer): boolean => {
    try {
      decode(bytes)
      return false
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause
      return true
    }
  }

  it("is read whole, and refused when it is cut anywhere or has bytes behind it", () => {
    expect(isRefused(whole)).toBe(false)
    for (let end = 0; end < whole.length; end++) expect(isRefused(whole.subarray(0, end))).toBe(true)
    expect(isRefused(Buffer.concat([whole, Buffer.of(0)]))).toBe(true)
  })

  it("that claims any length at any place is read or refused, without the memory for what it claims", () => {
    const before = process.memoryUsage()
    for (let at = 5; at < whole.length; at++)
      for (const claim of CLAIMS) isRefused(Buffer.concat([whole.subarray(0, at), claim, whole.subarray(at + 1)]))
    const after = process.memoryUsage()
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(256 << 20)
  })

  it("with any bytes changed is read or refused", () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(whole)
        for (const [at, byte] of changes) bytes[at] = byte
        isRefused(bytes)
      }),
      { numRuns: 1_000 },
    )
  })
})
