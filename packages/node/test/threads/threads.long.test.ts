/** Threads that judge, as the main thread keeps them: where the machine has no room for another one, and where one ends after the other. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openShared, type SharedLog } from "@assay/log/embedded"
import { Metrics } from "@assay/telemetry"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { NodeEvent } from "../../src/events/event.ts"
import { plainOf } from "../../src/threads/plan.ts"
import { Threads, type ThreadsOptions } from "../../src/threads/threads.ts"
import { DIES, judgingService } from "./judging.child.ts"

const PATIENCE = { timeout: 30_000, interval: 5 }
let dir: string
let dies: string
let shared: SharedLog
let events: Array<NodeEvent>
/** How many threads were begun. */
let threads: number

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-threads-"))
  dies = join(dir, "dies")
  vi.stubEnv(DIES, dies)
  shared = await openShared({ dir, partitions: 1 })
  events = []
  threads = 0
})
afterEach(async () => {
  await shared.log.close()
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true })
})

/** @param isRefused whether the process has no room for the thread of this number, the first one being 1 */
const start = (isRefused: (thread: number) => boolean, stallMs = 30_000): Promise<Threads> => {
  const { name, module } = judgingService
  const plan: ThreadsOptions["plan"] = {
    name,
    services: [{ name, module }],
    roots: { roots: [], threshold: 1 },
    topology: "staged",
    settings: { stallMs },
    verifyBackend: "node",
    keyBytes: 1 << 20,
    telemetry: null,
    log: plainOf({ kafka: null }),
    roles: [],
    dir,
    reportsBatches: false,
  }
  return Threads.start({
    plan,
    count: 1,
    clocks: () => {
      threads++
      // A function can be given to no thread: there is no other way here to have `new Worker` throw.
      const anchor = isRefused(threads) ? ((() => 0) as unknown as number) : Date.now() - performance.now()
      return { anchor, acceptAhead: false }
    },
    log: shared.log,
    shared,
    stallMs,
    metrics: new Metrics(),
    events: { emit: (event) => void events.push(event), committed: () => undefined },
    onBackend: () => undefined,
    onBatch: () => undefined,
  })
}

const REFUSED = /^no thread could be started: .*could not be cloned/

it("a thread that cannot be started counts as one that has ended: another one is tried until one judges", async () => {
  const owners = await start((thread) => thread === 2 || thread === 3)
  const judging = await owners.judge()
  writeFileSync(dies, "")
  await vi.waitFor(() => expect(threads).toBe(4), PATIENCE)
  await vi.waitFor(() => expect(judging.notReady()).toBeNull(), PATIENCE)
  expect(events.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
    ["thread.ended", "a fault of the test"],
    ["thread.ended", expect.stringMatching(REFUSED)],
    ["thread.ended", expect.stringMatching(REFUSED)],
  ])
  await judging.stop()
  await owners.close()
})

it("where none can be started any more, the node ends with the cause", async () => {
  const owners = await start((thread) => thread > 1)
  const judging = await owners.judge()
  writeFileSync(dies, "")
  await expect(judging.done).rejects.toThrow(REFUSED)
  expect(events).toHaveLength(6)
  await expect(judging.stop()).rejects.toThrow(REFUSED)
  await owners.close()
})

it.each([
  [
    "a node ends at the sixth end in a row, also where each one stood still for long before it was noticed",
    110_000,
    true,
  ],
  ["and not where each was at work for longer than that", 210_000, false],
])("%s", async (_, livedMs, ends) => {
  const owners = await start(() => false, 100_000)
  const judging = await owners.judge()
  let hasEnded = false
  judging.done.catch(() => {
    hasEnded = true
  })
  const now = performance.now.bind(performance)
  let ahead = 0
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + ahead)
  try {
    for (let end = 1; end <= 6; end++) {
      await vi.waitFor(() => expect([threads, judging.notReady()]).toEqual([end, null]), PATIENCE)
      ahead += livedMs
      writeFileSync(dies, "")
      await vi.waitFor(() => expect(events).toHaveLength(end), PATIENCE)
    }
  } finally {
    clock.mockRestore()
  }
  expect(hasEnded).toBe(ends)
  await judging.stop().catch(() => undefined)
  await owners.close()
})

it("a first start without room fails, and leaves no thread", async () => {
  await expect(start(() => true)).rejects.toThrow(REFUSED)
  expect(events).toEqual([])
})
