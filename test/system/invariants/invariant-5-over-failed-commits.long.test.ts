/** Invariants 4 and 5 where commits fail: what is gone on from memory comes to the same as if none had. */
import { type Commit, type Log, UnavailableError } from "@assay/log"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { attackedRun } from "./attacked-run.ts"
import { outcomeOfRun, type RunOutcome } from "./run-outcome.ts"

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

/** Of the commits of each partition two of four pass; one is refused, and of one the answer is lost. */
const failing = (log: Log): Log => {
  const commits = new Map<number, number>()
  const commit = async (partition: number, wanted: Commit): ReturnType<Log["commit"]> => {
    const nth = (commits.get(partition) ?? 0) + 1
    commits.set(partition, nth)
    if (nth % 4 === 1) throw new UnavailableError("refused, says the test")
    const done = await log.commit(partition, wanted)
    if (nth % 4 === 3) throw new UnavailableError("no answer, says the test")
    return done
  }
  return { ...log, commit }
}

describe("where every other commit fails", () => {
  for (const topology of ["chained", "staged"] as const)
    it(`each message is decided once, as it was without, and nothing is restored from the log (${topology})`, async () => {
      const driver = await reference.again({ topology, batchRecords: () => 37, over: failing })
      const openings: Record<string, number> = {}
      for (let isSettled = false; !isSettled; ) {
        isSettled = true
        for (const runner of driver.runners) {
          const { next } = runner
          try {
            await runner.drain()
            if (runner.next !== next) isSettled = false
          } catch (cause) {
            expect(cause).toBeInstanceOf(UnavailableError)
            isSettled = false
            const opening = await driver.reopen(runner)
            openings[opening] = (openings[opening] ?? 0) + 1
          }
        }
      }
      const { events, released } = await outcomeOfRun(driver)
      expect(events.findIndex((event, n) => event !== expected.events[n])).toBe(-1)
      expect(events).toHaveLength(expected.events.length)
      expect(released).toEqual(expected.released)
      // Every decision on record is what the entries come to.
      const decisions = expected.findings.size
      expect(await driver.replay()).toMatchObject({ decisions, agreed: decisions, differing: 0 })
      expect(Object.keys(openings).sort()).toEqual(["committed", "rolled-back"])
      expect(Math.min(...Object.values(openings))).toBeGreaterThan(10)
      await driver.close()
    })
})
