/**
 * Invariants 4, 5 and 9 on a log with the manners of a cluster: gaps in the offsets, record headers, nulls, compaction.
 * The engine itself has its own tests; these are about what Assay makes of it.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { changelogOf, STREAMS } from "@assay/streams"
import { ClusterLikeLog } from "@assay/testkit/cluster-like-log"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { attackedRun } from "./attacked-run.ts"
import { expectSameOutcome, outcomeOfRun, type RunOutcome } from "./run-outcome.ts"

let reference: Driver
let expected: RunOutcome
let last: ClusterLikeLog

const over = (log: Log): Log => {
  last = new ClusterLikeLog(log)
  return last.process()
}

beforeAll(async () => {
  const driver = await attackedRun({ over })
  for (const partition of [0, 1]) await driver.raw(STREAMS.submitted, partition, Buffer.from("junk"))
  await driver.settle()
  reference = driver
  expected = await outcomeOfRun(driver)
})

afterAll(async () => {
  await reference.close()
  await closeVerifyPool()
})

describe("over a log with gaps, headers, nulls and compaction", () => {
  it("everything happens, held messages are released, and each unreadable record is a dead letter", async () => {
    expect(expected.findings.size).toBeGreaterThan(800)
    expect(expected.released.length).toBeGreaterThan(0)
    const offsets = (await reference.records(STREAMS.submitted)).map(({ offset }) => offset)
    expect(offsets.every((offset) => offset % 2 === 1)).toBe(true)
    const letters = await reference.records(STREAMS.deadletter)
    expect(letters.map(({ value }) => Buffer.from(value).toString())).toContain("junk")
    const unreadable = (await reference.rejected()).filter(({ reasons }) =>
      reasons.includes("identity.malformed_record"),
    )
    expect(letters).toHaveLength(unreadable.length)
  })

  it("a replay agrees with the record", async () => {
    const report = await reference.replay()
    expect(report).toMatchObject({ decisions: expected.findings.size, agreed: expected.findings.size, differing: 0 })
  })

  for (const topology of ["chained", "staged"] as const)
    it(`same verdicts across restarts and compactions after every batch, with snapshots (${topology})`, async () => {
      const dir = mkdtempSync(join(tmpdir(), "assay-snapshots-"))
      const used = new Set<string>()
      const driver = await reference.again({
        topology,
        batchRecords: () => 97,
        snapshots: {
          dir,
          onEvent: (event) => {
            used.add(event.kind)
          },
        },
      })
      const group = topology === "chained" ? "chained" : "integrity-hasher"
      for (let before = -1, rounds = 0; before !== driver.decided.length; rounds++) {
        before = driver.decided.length
        await driver.oneBatchEach()
        if (rounds % 3 === 0) await last.compact({ stream: changelogOf(group), partition: rounds % 2 })
        await driver.restart()
      }
      await driver.settle()
      await expectSameOutcome(driver, expected)
      expect([...used].sort()).toEqual(["used", "written"])
      await driver.close()
      rmSync(dir, { recursive: true, force: true })
    })
})
