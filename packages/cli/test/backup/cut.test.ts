/** A moment between two commits of a partition: what is looked at, and when it is refused. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { afterAll, beforeAll, expect, test } from "vitest"
import { cutOf } from "../../src/backup/cut.ts"

const dir = mkdtempSync(join(tmpdir(), "assay-cut-"))
const record = { key: Buffer.from("k"), value: Buffer.from("v") }
const submitted = { stream: STREAMS.submitted, partition: 0 }
let log: Log

beforeAll(async () => {
  log = await openEmbedded({ dir, partitions: 1 })
  await log.append(submitted, [record, record])
  await commit(0, 1)
})
afterAll(async () => {
  await log.close()
  rmSync(dir, { recursive: true })
})

const commit = (from: number, next: number) =>
  log.commit(0, {
    group: "chained",
    stream: STREAMS.submitted,
    from,
    next,
    outputs: [{ stream: STREAMS.audit, records: [record] }],
  })

test("has the ends of all streams, and how far each group is", async () => {
  const { extents, positions } = await cutOf(log, 0)
  expect([extents.get(STREAMS.submitted), extents.get(STREAMS.audit)]).toEqual([
    { start: 0, end: 2 },
    { start: 0, end: 1 },
  ])
  expect(positions).toEqual([{ group: "chained", stream: STREAMS.submitted, next: 1 }])
})

test("is not while a transaction holds records back, nor where streams grow between two looks, and is then", async () => {
  let held = 3
  const open: Log = { ...log, heldBack: async ({ stream }) => (stream === STREAMS.audit && held-- > 0 ? 1 : 0) }
  await cutOf(open, 0)
  expect(held).toBeLessThan(0)
  let looks = 0
  const growing: Log = {
    ...log,
    bounds: async (at) => {
      if (at.stream === STREAMS.audit && looks++ < 2) return { start: 0, end: looks }
      return log.bounds(at)
    },
  }
  expect((await cutOf(growing, 0)).extents.get(STREAMS.audit)).toEqual({ start: 0, end: 1 })
  expect(looks).toBeGreaterThan(3)
})

test("what ingress appends meanwhile waits, and keeps nobody from it", async () => {
  let ends = 2
  const taking: Log = {
    ...log,
    bounds: async (at) => (at.stream === STREAMS.submitted ? { start: 0, end: ends++ } : log.bounds(at)),
  }
  expect((await cutOf(taking, 0)).extents.get(STREAMS.submitted)).toEqual({ start: 0, end: 2 })
})

test("is refused where the partition is never at rest", async () => {
  const busy: Log = { ...log, heldBack: async () => 1 }
  await expect(cutOf(busy, 0, 60)).rejects.toThrow("in the middle of a commit at every look")
})
