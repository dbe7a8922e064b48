/** Invariant 5: the same entries give the same verdicts: staged, chained, replayed, restarted, in any batch split. */

import type { Topology } from "@assay/engine"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { attackedRun } from "./attacked-run.ts"
import { expectSameOutcome, outcomeOfRun, type RunOutcome } from "./run-outcome.ts"

const TOPOLOGIES: ReadonlyArray<Topology> = ["chained", "staged"]
const RUNS = 4

let reference: Driver
let expected: RunOutcome

beforeAll(async () => {
  reference = await attackedRun()
  expected = await outcomeOfRun(reference)
})

afterAll(async () => {
  await reference.close()
  await closeVerifyPool()
})

const expectSame = (driver: Driver): Promise<void> => expectSameOutcome(driver, expected)

describe("invariant 5: same entries, same verdicts", () => {
  it("compares with a run in which everything happens", () => {
    expect(expected.findings.size).toBeGreaterThan(800)
    expect(expected.released.length).toBeGreaterThan(0)
    const text = expected.events.join("\n")
    for (const to of ["learning", "trusted", "watched", "quarantined", "probation", "revoked", "stale"])
      expect([to, text.includes(`"to":"${to}"`)]).toEqual([to, true])
    for (const kind of ["released", "revoked"]) expect(text.includes(`"kind":"${kind}"`)).toBe(true)
    expect(text.includes('"kind":"proof"')).toBe(true)
  })

  for (const topology of TOPOLOGIES) {
    it(`holds for any split into batches (${topology})`, async () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 6, maxLength: 12 })
      await fc.assert(
        fc.asyncProperty(sizes, async (split) => {
          let next = 0
          const driver = await reference.again({ topology, batchRecords: () => split[next++ % split.length]! })
          try {
            await driver.settle()
            await expectSame(driver)
          } finally {
            await driver.close()
          }
        }),
        { numRuns: RUNS, seed: 5 },
      )
    })

    it(`holds across restarts from the changelog after every batch (${topology})`, async () => {
      const driver = await reference.again({ topology, batchRecords: () => 97 })
      let restarts = 0
      for (let before = -1; before !== driver.decided.length; restarts++) {
        before = driver.decided.length
        await driver.oneBatchEach()
        await driver.restart()
      }
      expect(restarts).toBeGreaterThan(4)
      await driver.settle()
      await expectSame(driver)
      await driver.close()
    })
  }

  it("holds for a replay from the log alone, which compares with the record", async () => {
    const report = await reference.replay()
    expect(report).toMatchObject({ decisions: expected.findings.size, agreed: expected.findings.size, differing: 0 })
  })
})
