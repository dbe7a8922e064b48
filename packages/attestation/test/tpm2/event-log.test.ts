/** The event log that fwupd-like firmware writes (vectors), what it leads to, and what is no such log. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MalformedError, replayEventLog } from "../../src/index.ts"

const file = (name: string): Buffer => readFileSync(new URL(`vectors/${name}`, import.meta.url))
const LOG = file("eventlog.bin")
/** What the TPM was extended with, one line each: PCR and digest. */
const EXTENDS = file("eventlog.extends")
  .toString()
  .trim()
  .split("\n")
  .map((line) => line.split(" ") as [string, string])
const VALUES = file("pcrs.values")

describe("a log that was written for a TPM", () => {
  it("has the events with which the TPM was extended, in order", () => {
    const { events } = replayEventLog(LOG)
    expect(events.map(({ pcr, digest }) => [String(pcr), Buffer.from(digest).toString("hex")])).toEqual(EXTENDS)
  })

  it("leads to the values that the TPM quoted", () => {
    const { pcrs } = replayEventLog(LOG)
    expect(pcrs.size).toBeGreaterThan(3)
    for (const [index, value] of pcrs)
      expect([index, Buffer.from(value)]).toEqual([index, VALUES.subarray(index * 32, index * 32 + 32)])
  })
})

/** The header of the log above: 32 bytes, and the body that their last four measure. */
const HEADER = LOG.subarray(0, 32 + LOG.readUInt32LE(28))
const little = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const event = (pcr: number, type: number, digest: Uint8Array, data: Uint8Array): Buffer =>
  Buffer.concat([little(pcr), little(type), little(1), Buffer.from([0x0b, 0]), digest, little(data.length), data])

describe("the locality of the start", () => {
  const locality = event(0, 3, Buffer.alloc(32), Buffer.from("StartupLocality\0\x03", "latin1"))
  const measured = event(0, 8, Buffer.alloc(32, 7), Buffer.alloc(0))

  it("is where PCR 0 begins", () => {
    const begin = Buffer.concat([Buffer.alloc(31), Uint8Array.of(3)])
    const expected = createHash("sha256").update(begin).update(Buffer.alloc(32, 7)).digest()
    expect(replayEventLog(Buffer.concat([HEADER, locality, measured])).pcrs.get(0)).toEqual(expected)
  })

  it("cannot stand behind a measurement", () => {
    expect(() => replayEventLog(Buffer.concat([HEADER, measured, locality]))).toThrow(MalformedError)
  })
})

describe("refused", () => {
  it.each<readonly [string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["the old form, with SHA-1 alone", Buffer.concat([little(0), little(8), Buffer.alloc(20), little(0)])],
    ["a PCR that no TPM has", Buffer.concat([HEADER, event(24, 8, Buffer.alloc(32), Buffer.alloc(0))])],
    ["an event that goes on behind the end", LOG.subarray(0, -1)],
    [
      "more than 1,024 events",
      Buffer.concat([HEADER, ...Array(1_025).fill(event(1, 8, Buffer.alloc(32), Buffer.alloc(0)))]),
    ],
    ["more than 128 KiB", Buffer.alloc(131_073)],
  ])("%s", (_, bytes) => {
    expect(() => replayEventLog(bytes)).toThrow(MalformedError)
  })

  it("anything else, with no other error", () => {
    fc.assert(
      fc.property(fc.nat(LOG.length - 1), fc.uint8Array({ maxLength: 8 }), (at, bytes) => {
        const changed = Buffer.from(LOG)
        changed.set(bytes.subarray(0, changed.length - at), at)
        try {
          replayEventLog(changed)
        } catch (cause) {
          expect(cause).toBeInstanceOf(MalformedError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
