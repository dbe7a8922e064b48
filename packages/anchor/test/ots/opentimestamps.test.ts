/** Files that the reference implementation published with its examples (opentimestamps-client). */
import { hash } from "node:crypto"
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { expect, test } from "vitest"
import { readBitcoinHeader } from "../../src/ots/evidence.ts"
import { attestationsOf, formatFile, merged, parseFile } from "../../src/ots/timestamp.ts"

const vector = (name: string): Buffer => readFileSync(new URL(`vectors/${name}`, import.meta.url))

/** The header of block 358391 of Bitcoin. */
const HEADER = Buffer.from(
  "02000000b96394585a281b7e5f438fd1c9ed492645a1fd61cb3802040000000000000000007ee445d23ad061af4a36b809501fab1ac4f2d7e7a739817dd0cbb7ec661b8a1e376755f58616186272def6",
  "hex",
)

test("hello-world.txt.ots leads from the file to the Merkle root of block 358391", () => {
  const stamp = parseFile(vector("hello-world.txt.ots"))
  expect(Buffer.from(stamp.message)).toEqual(hash("sha256", "Hello World!\n", "buffer"))
  const [attested, ...others] = attestationsOf(stamp)
  expect(others).toEqual([])
  expect(attested!.attestation).toEqual({ kind: "bitcoin", height: 358_391 })
  const header = readBitcoinHeader(HEADER)
  expect(Buffer.from(attested!.message)).toEqual(Buffer.from(header.merkleRoot))
  expect(header).toMatchObject({
    hash: "000000000000000003e892881a8cdcdc117c06d444057c98b6f04a9ee75a2319",
    time: Date.UTC(2015, 4, 28, 15, 41, 18),
  })
})

test("pending, forked and unknown attestations are read, and every file is written as it was", () => {
  const kinds = (name: string) => attestationsOf(parseFile(vector(name))).map(({ attestation }) => attestation)
  expect(kinds("two-calendars.txt.ots")).toEqual([
    { kind: "pending", uri: "https://alice.btc.calendar.opentimestamps.org" },
    { kind: "pending", uri: "https://bob.btc.calendar.opentimestamps.org" },
  ])
  expect(kinds("incomplete.txt.ots")).toEqual([
    { kind: "pending", uri: "https://alice.btc.calendar.opentimestamps.org" },
  ])
  expect(kinds("unknown-notary.txt.ots").map(({ kind }) => kind)).toEqual(["unknown"])
  for (const name of [
    "hello-world.txt.ots",
    "two-calendars.txt.ots",
    "incomplete.txt.ots",
    "different-blockchains.txt.ots",
    "unknown-notary.txt.ots",
  ])
    expect(Buffer.from(formatFile(parseFile(vector(name)))), name).toEqual(vector(name))
})

test("the invalid examples, and everything cut short or continued, are refused", () => {
  for (const name of ["bad-major-version.ots", "exceeds-max-msg-length.ots", "invalid-file-digest-type.ots"])
    expect(() => parseFile(vector(name)), name).toThrow(expect.objectContaining({ code: "evidence" }))
  const whole = vector("hello-world.txt.ots")
  for (let length = 0; length < whole.length; length++)
    expect(() => parseFile(whole.subarray(0, length))).toThrow(expect.objectContaining({ code: "evidence" }))
  expect(() => parseFile(Buffer.concat([whole, Buffer.of(0)]))).toThrow(/follows/)
})

test("any other bytes are read, or refused as evidence; never anything else", () => {
  const whole = vector("two-calendars.txt.ots")
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(whole)
      changed[at] = byte
      try {
        const written = formatFile(parseFile(changed))
        expect(formatFile(parseFile(written))).toEqual(written)
      } catch (cause) {
        expect(cause).toMatchObject({ code: "evidence" })
      }
    }),
    { numRuns: 300 },
  )
})

test("two timestamps of one message become one; of two messages, none", () => {
  const stamp = parseFile(vector("two-calendars.txt.ots"))
  expect(formatFile(merged(stamp, stamp))).toEqual(formatFile(stamp))
  expect(() => merged(stamp, parseFile(vector("hello-world.txt.ots")))).toThrow(RangeError)
})

test("a header that nobody worked for is none", () => {
  const other = Buffer.from(HEADER)
  other[40] = other[40]! ^ 1
  expect(() => readBitcoinHeader(other)).toThrow(/its own target/)
  expect(() => readBitcoinHeader(HEADER.subarray(1))).toThrow(/80 bytes/)
})
