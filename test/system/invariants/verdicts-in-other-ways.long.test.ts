/** A longer fixed sequence, of more than 30,000 entries, comes to the same, message by message, however it is judged. */
import { closeVerifyPool, verifyWith } from "@assay/testkit/driver"
import { afterAll, expect, it } from "vitest"
import { runSequence } from "./fixed-run.ts"
import { fixedSequence } from "./fixed-sequence.ts"

const MINUTES = 60_000

afterAll(closeVerifyPool)

const firstDifference = (found: ReadonlyArray<string>, expected: ReadonlyArray<string>) => {
  for (let n = 0; n < Math.max(found.length, expected.length); n++)
    if (found[n] !== expected[n]) return { found: found[n] ?? "nothing", expected: expected[n] ?? "nothing" }
  return null
}

it(
  "chained, and staged, in other batches, restored from the changelogs meanwhile, and verified by the other backend",
  async () => {
    const sequence = fixedSequence(22_000)
    const run = await runSequence(sequence)
    expect(run.entries).toBeGreaterThan(30_000)
    await verifyWith("node")
    const sizes = [1, 7, 64, 200, 333, 1000]
    let next = 0
    const batchRecords = (): number => sizes[next++ % sizes.length]!
    const again = await runSequence(sequence, { topology: "staged", batchRecords, restart: true })
    expect(firstDifference(again.verdicts, run.verdicts)).toBeNull()
    expect(firstDifference(again.events, run.events)).toBeNull()
  },
  10 * MINUTES,
)
