/** Invariant 3: the bytes that a device signed go out exactly as they came in. */
import { createHash } from "node:crypto"
import { ATTACKS, type Submission } from "@assay/fleet"
import { decodeEntry } from "@assay/schemas"
import { closeVerifyPool, keyOf } from "@assay/testkit/driver"
import { runFleet } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

/** How often each byte string occurs. */
const tally = (all: Iterable<Uint8Array>): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const bytes of all) {
    const text = Buffer.from(bytes).toString("latin1")
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

const handedIn = (submissions: ReadonlyArray<Submission>): ReadonlyArray<Uint8Array> =>
  submissions.flatMap((item) => (item.kind === "message" ? [item.envelope.bytes] : []))

/** What is larger is kept as its head and its hash. */
const CAP = 256 << 10

describe("invariant 3: bytes leave as they came", () => {
  for (const topology of ["chained", "staged"] as const) {
    it(`holds for verified, annotated, quarantined and rejected, with all attacks in the stream (${topology})`, async () => {
      const { driver, submissions } = await runFleet(
        { attacks: ATTACKS, messages: 80 },
        { topology, partitions: 2, batchRecords: () => 100 },
      )
      const decided = [
        ...(await driver.decisions("verified")),
        ...(await driver.decisions("annotated")),
        ...(await driver.decisions("quarantined")),
      ]
      const rejected = await driver.rejected()
      const kept = rejected.filter(({ hash }) => hash === null)
      const capped = rejected.filter(({ hash }) => hash !== null)
      const out = [...decided.map(({ envelope }) => envelope.bytes), ...kept.map(({ value }) => value)]
      const sent = handedIn(submissions)
      // The one record over the cap is kept as its head and the hash of all of it.
      expect(capped.length).toBe(1)
      expect(sent.filter(({ length }) => length > CAP)).toHaveLength(1)
      expect(out.length + capped.length).toBe(sent.length)
      expect(tally(out)).toEqual(tally(sent.filter(({ length }) => length <= CAP)))
      // Also each one by its origin: nothing has changed places.
      const submitted = new Map(
        (await driver.records("telemetry.submitted.v1")).map(({ partition, offset, value }) => [
          `${partition}/${offset}`,
          value,
        ]),
      )
      for (const { origin, envelope } of decided) {
        const { body } = decodeEntry(submitted.get(keyOf(origin))!)
        expect(body.kind === "submitted" && Buffer.compare(body.envelope.bytes, envelope.bytes)).toBe(0)
      }
      for (const { origin, value, size, hash } of rejected) {
        const { body } = decodeEntry(submitted.get(keyOf(origin))!)
        if (body.kind !== "submitted") throw new Error(`a rejected ${body.kind}`)
        const { bytes } = body.envelope
        expect(size).toBe(bytes.length)
        expect(Buffer.compare(value, bytes.subarray(0, value.length))).toBe(0)
        expect(hash).toBe(bytes.length > CAP ? createHash("sha256").update(bytes).digest("hex") : null)
      }
      await driver.close()
    })
  }
})
