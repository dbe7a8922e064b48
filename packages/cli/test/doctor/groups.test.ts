import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import { type GroupsInput, groupFindings } from "../../src/doctor/groups.ts"

const INPUT = { stream: STREAMS.submitted, partition: 0 }
let log: Log

beforeEach(async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-doctor-"))
  log = await openEmbedded({ dir, partitions: 1 })
  onTestFinished(async () => {
    await log.close()
    rmSync(dir, { recursive: true })
  })
  const { offset } = await log.append(INPUT, [
    { key: Buffer.alloc(0), value: Buffer.from("judged") },
    { key: Buffer.alloc(0), value: Buffer.from("waits") },
  ])
  await log.commit(0, { group: "chained", stream: STREAMS.submitted, from: offset, next: offset + 1, outputs: [] })
})

const found = async (of: Partial<GroupsInput> = {}, members: Readonly<Record<string, number>> = { chained: 1 }) => {
  const now = of.now ?? Date.now()
  const input = { log, newest: [now], now, ...of, members: async () => new Map(Object.entries(members)) }
  return groupFindings(input)
}
const only = async (...args: Parameters<typeof found>) => (await found(...args)).filter(({ state }) => state !== "ok")

it("a group that works and is not behind is well", async () => {
  expect(await only()).toEqual([])
})

it("nobody works on a log on which nobody ever did", async () => {
  const fresh = { ...log, position: async () => 0 }
  expect(await only({ log: fresh }, {})).toMatchObject([{ check: "groups", state: "fail" }])
})

it("nobody runs a group that ran before", async () => {
  expect(await only({}, {})).toMatchObject([
    { check: "chained", state: "fail", found: expect.stringMatching(/^no process runs it; up to 1 entries wait/) },
  ])
})

it("a group is behind", async () => {
  expect(await only({ now: Date.now() + 60_000 })).toMatchObject([
    { check: "chained", state: "fail", found: expect.stringContaining("the oldest for 60 s") },
  ])
})

it("an open transaction holds the same records back at two looks", async () => {
  const held: Log = { ...log, heldBack: async ({ stream }) => (stream === STREAMS.submitted ? 7 : 0) }
  expect(await only({ log: held })).toMatchObject([
    { check: "transactions", state: "fail", found: expect.stringMatching(/^up to 7 records of .*submitted/) },
  ])
  let looks = 0
  const passing: Log = { ...log, heldBack: async () => (looks++ < 2 ? 7 : 0) }
  expect(await only({ log: passing })).toEqual([])
})

it("a partition is without the ticks that its group writes", async () => {
  const now = Date.now()
  expect(await only({ newest: [now - 20_000], now })).toMatchObject([{ check: "broker time", state: "warn" }])
})
