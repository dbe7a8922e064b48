import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { itemKey, knowledgeOf } from "@assay/trust"
import { afterEach, beforeEach, expect, test } from "vitest"
import { HeldBackWatch } from "../src/held-back.ts"
import { measureLag, type Watched, watchLag } from "../src/lag.ts"
import { Metrics } from "../src/metrics.ts"

const STREAM = "telemetry.submitted.v1"
let dir = ""
let log: Log
const clock = { ms: 1_000_000 }
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-lag-"))
  log = await openEmbedded({ dir, partitions: 2, clock: () => clock.ms })
})
afterEach(async () => {
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})

const append = (partition: number, count: number) =>
  log.append(
    { stream: STREAM, partition },
    Array.from({ length: count }, () => ({ key: Buffer.from("k"), value: Buffer.from("v") })),
  )
const commit = async (partition: number, next: number): Promise<void> => {
  const at = { stream: STREAM, partition }
  await log.commit(partition, {
    group: "chained",
    stream: STREAM,
    from: await log.position("chained", at),
    next,
    outputs: [],
  })
}

test("the lag is what is not committed, and as old as its first entry", async () => {
  const at = { stream: STREAM, partition: 0 }
  expect(await measureLag(log, "chained", at, clock.ms)).toEqual({ entries: 0, ms: 0 })
  await append(0, 3)
  clock.ms += 40_000
  await append(0, 2)
  expect(await measureLag(log, "chained", at, clock.ms + 5_000)).toEqual({ entries: 5, ms: 45_000 })
  await commit(0, 3)
  expect(await measureLag(log, "chained", at, clock.ms + 5_000)).toEqual({ entries: 2, ms: 5_000 })
  await commit(0, 5)
  expect(await measureLag(log, "chained", at, clock.ms + 5_000)).toEqual({ entries: 0, ms: 0 })
})

const lineOf = (text: string, start: string): string | undefined =>
  text.split("\n").find((line) => line.startsWith(start))

test("what goes to another process is shown no longer, and the change is counted", async () => {
  const metrics = new Metrics()
  const both = [0, 1].map((partition) => ({ group: "chained", stream: STREAM, partition }))
  let watched = both
  const problems: Array<unknown> = []
  await append(1, 4)
  const open = () =>
    watchLag({ log, metrics, kinds: {}, watched: () => watched, onProblem: (cause) => problems.push(cause) })
  const stop = open()
  const before = await metrics.scrape()
  expect(lineOf(before, 'assay_consumer_lag{group="chained",partition="1"}')).toMatch(/ 4$/)
  expect(lineOf(before, "assay_partitions_assigned")).toMatch(/ 2$/)
  expect(lineOf(before, 'assay_stalls_total{group="chained",partition="1"}')).toMatch(/ 0$/)
  stop()
  metrics.assigned("chained", new Set([0]))
  const after = await metrics.scrape()
  expect(lineOf(after, 'assay_consumer_lag{group="chained",partition="1"}')).toBeUndefined()
  expect(lineOf(after, 'assay_consumer_lag{group="chained",partition="0"}')).toBeDefined()
  expect(lineOf(after, "assay_rebalances_total")).toMatch(/ 2$/)
  // Whoever has nothing left says so.
  watched = []
  metrics.assigned("chained", new Set())
  expect(lineOf(await metrics.scrape(), "assay_partitions_assigned")).toMatch(/ 0$/)
  expect(problems).toEqual([])
})

test("of what people sign the end is shown, of what others renew the first end by itself, and of what is fleeting none", async () => {
  const metrics = new Metrics()
  const now = Date.now()
  const partition = (...ends: ReadonlyArray<readonly [string, string, number]>): Watched => ({
    ...{ group: "chained", stream: STREAM, partition: 0 },
    knowledge: knowledgeOf(
      new Map(
        ends.map(([kind, subject, inMs]) => [
          itemKey(kind, subject),
          { hash: "h", version: 7, expires: now + inMs, body: null as never },
        ]),
      ),
    ),
  })
  let watched = [
    partition(["policy", "", 50_000_000], ["answers", "a", 90_000_000], ["statistics", "", 1_000]),
    partition(["answers", "a", 40_000_000], ["answers", "b", 20_000_000], ["status-list", "l", 1_000]),
  ]
  const kinds = {
    policy: {},
    statistics: { fleeting: true },
    answers: { fleeting: true, renewed: true },
    "status-list": { renewed: true },
  } as const
  const problems: Array<unknown> = []
  const open = () =>
    watchLag({ log, metrics, kinds, watched: () => watched, onProblem: (cause) => problems.push(cause) })
  const stop = open()
  const shown = (text: string): ReadonlyArray<readonly [string, number]> =>
    text
      .split("\n")
      .filter((line) => /^assay_(knowledge|renewal)_/.test(line))
      .map((line) => [/^assay_(.*?)\{.*item="(.*?)"/.exec(line)!.slice(1).join(" "), Number(line.split(" ").at(-1))])
  const found = new Map(shown(await metrics.scrape()))
  expect([...found.keys()].sort()).toEqual([
    "knowledge_remaining_seconds policy",
    "knowledge_version policy",
    "renewal_remaining_seconds answers",
  ])
  expect(found.get("knowledge_version policy")).toBe(7)
  expect(found.get("knowledge_remaining_seconds policy")).toBeCloseTo(50_000, -2)
  expect(found.get("renewal_remaining_seconds answers")).toBeCloseTo(20_000, -2)
  stop()
  watched = []
  const again = open()
  expect(shown(await metrics.scrape()).filter(([name]) => name.startsWith("renewal"))).toEqual([])
  again()
  expect(problems).toEqual([])
})

test("a log that does not answer is reported once and leaves the other metrics readable", async () => {
  const metrics = new Metrics()
  const problems: Array<unknown> = []
  const gone = { ...log, bounds: () => Promise.reject(new Error("away")) } as unknown as Log
  watchLag({
    log: gone,
    metrics,
    kinds: {},
    watched: () => [{ group: "chained", stream: STREAM, partition: 0 }],
    onProblem: (cause) => problems.push(cause),
  })
  const [first] = await Promise.all([metrics.scrape(), metrics.scrape()])
  expect(first).toContain("assay_decisions_total")
  expect(problems).toHaveLength(1)
})

test("only a transaction that stays counts as holding back, and it ends", async () => {
  const at = { stream: STREAM, partition: 0 }
  const now = { held: 0, end: 5 }
  const transactional = {
    ...log,
    heldBack: async () => now.held,
    bounds: async () => ({ start: 0, end: now.end }),
  } as unknown as Log
  const watch = new HeldBackWatch()
  expect(await watch.look(log, at, 0)).toBeNull()
  expect(await watch.look(transactional, at, 1_000)).toEqual({ records: 0, ms: 0 })
  // One commit after the other: something is held back at every look, and the end moves.
  for (const [held, end] of [
    [3, 5],
    [2, 9],
    [4, 14],
  ] as const) {
    Object.assign(now, { held, end })
    expect(await watch.look(transactional, at, 2_000 + end * 1_000)).toEqual({ records: held, ms: 0 })
  }
  now.held = 7
  expect(await watch.look(transactional, at, 46_000)).toEqual({ records: 7, ms: 30_000 })
  now.held = 0
  expect(await watch.look(transactional, at, 47_000)).toEqual({ records: 0, ms: 0 })
  now.held = 1
  expect(await watch.look(transactional, at, 48_000)).toEqual({ records: 1, ms: 0 })
})
