/** Who gets what a runner left in memory: the next one after a failure or an outage, and nobody where another may have judged meanwhile. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  AheadOfClockError,
  ForbiddenError,
  type Log,
  LostRecordsError,
  TakenOverError,
  UnavailableError,
} from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { MovedError } from "../../src/runner/moved-position.ts"
import type { Opening } from "../../src/runner/options.ts"
import { RESTORES } from "../../src/runner/undecided-after-restores.ts"
import { type Keepable, Keeper } from "../../src/supervise/keeper.ts"
import { startNode } from "../../src/supervise/start-runners.ts"
import { countingStage, identified } from "../runner/counting.ts"
import { type Fate, failingCommits } from "../runner/failing-commits.ts"
import { INPUT, OUTPUT, readAll } from "../runner/support.ts"

let dir = ""
let log: Log

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-left-"))
  log = await openEmbedded({ dir, partitions: 1 })
})
afterAll(async () => {
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})

/** What the runner of one opening does; "stays" until it is asked to stop, "stops" with a failure of its last batch. */
type Plan = { readonly opens: unknown } | { readonly runs: unknown } | { readonly stops: unknown } | "stays" | "hangs"

const STAYS: Plan = "stays"

/** A keeper whose runners leave the number of their opening, and what each opening was given. */
const aKeeper = (plans: ReadonlyArray<Plan>, waitMs = 1) => {
  const given: Array<number | null> = []
  const keeper = new Keeper<Keepable<number>>({
    log: { ...log, traits: { ...log.traits, shared: true } },
    open: async (leased, left) => {
      const nth = given.push(left as number | null)
      const plan = plans[nth - 1] ?? STAYS
      await leased.position("group", { stream: "in", partition: 0 })
      if (typeof plan === "object" && "opens" in plan) throw plan.opens
      return {
        next: 0,
        state: nth,
        run: async (signal) => {
          if (typeof plan === "object" && "runs" in plan) throw plan.runs
          await leased.waitFor(
            { stream: "in", partition: 0 },
            0,
            plan === "hangs" ? new AbortController().signal : signal,
          )
          if (typeof plan === "object" && "stops" in plan) throw plan.stops
        },
      }
    },
    confirm: async () => true,
    lag: async () => 7,
    stopMs: 20,
    stallMs: 40,
    backoffMs: () => waitMs,
    haltMs: () => 1,
    hooks: {
      onRestore: () => undefined,
      onAlarm: () => undefined,
      onStall: () => undefined,
      onFail: () => undefined,
      onPhase: () => undefined,
    },
  })
  const opened = (count: number): Promise<void> =>
    vi.waitFor(
      () => {
        expect(given).toHaveLength(count)
        expect(keeper.phase).toBe("judging")
      },
      { interval: 1, timeout: 30_000 },
    )
  const ends = async (): Promise<void> => {
    keeper.assign(false)
    await vi.waitFor(() => expect(keeper.phase).toBe("idle"), { interval: 1 })
  }
  return { keeper, given, opened, ends }
}

const UNAVAILABLE = new UnavailableError("no broker")

describe("what a runner left", () => {
  it("is the next one's after a failure, an outage or a missing right, also where that one cannot open at first", async () => {
    for (const cause of [UNAVAILABLE, new Error("broken"), new ForbiddenError("no right")]) {
      const opens = { opens: UNAVAILABLE }
      const { keeper, given, opened, ends } = aKeeper([{ runs: cause }, opens, opens, { runs: cause }])
      keeper.assign(true)
      await opened(5)
      expect(given).toEqual([null, 1, 1, 1, 4])
      await ends()
    }
  })

  it("is nobody's where others may have judged, or a person must look", async () => {
    const causes = [
      new TakenOverError("group", "in", 0),
      new LostRecordsError("in", 0, 3, { start: 9 }),
      new MovedError("the group is at 7"),
      new AheadOfClockError("the record is ahead"),
    ]
    for (const cause of causes) {
      const { keeper, given, opened, ends } = aKeeper([{ runs: UNAVAILABLE }, { runs: cause }, { runs: UNAVAILABLE }])
      keeper.assign(true)
      if (cause instanceof LostRecordsError) {
        await vi.waitFor(() => expect(keeper.phase).toBe("halted"), { interval: 1 })
        keeper.assign(false)
        keeper.assign(true)
      }
      await opened(4)
      expect([cause.name, given]).toEqual([cause.name, [null, 1, null, 3]])
      await ends()
    }
  })

  it("is nobody's once the partition was given away, however short", async () => {
    const { keeper, given, opened, ends } = aKeeper([{ runs: UNAVAILABLE }], 60_000)
    keeper.assign(true)
    await vi.waitFor(() => expect(keeper.phase).toBe("waiting"), { interval: 1, timeout: 30_000 })
    keeper.assign(false)
    keeper.assign(true)
    await opened(2)
    expect(given).toEqual([null, null])
    await ends()
  })

  it("is nobody's where the partition was given away and came back before the runner had ended, and that failed", async () => {
    for (const stops of [UNAVAILABLE, new Error("broken")]) {
      const { keeper, given, opened, ends } = aKeeper([{ stops }])
      keeper.assign(true)
      await opened(1)
      keeper.assign(false)
      expect(keeper.phase).toBe("stopping")
      keeper.assign(true)
      await opened(2)
      expect(given).toEqual([null, null])
      await ends()
    }
  })

  it("is never that of a runner which may still be at work", async () => {
    const { keeper, given, opened, ends } = aKeeper(["hangs"])
    keeper.assign(true)
    await opened(1)
    const now = performance.now()
    await keeper.check(now)
    await keeper.check(now + 50)
    await opened(2)
    expect(given).toEqual([null, null])
    await ends()
  })

  it("is read from the log again after failures in a row, for the state itself may be at fault", async () => {
    const broken = Array.from({ length: RESTORES + 3 }, (): Plan => ({ runs: new Error("broken") }))
    const { keeper, given, opened, ends } = aKeeper(broken)
    keeper.assign(true)
    await opened(broken.length + 1)
    expect(given).toEqual([null, 1, 2, 3, 4, null, null])
    await ends()
  })
})

it("a node goes on from memory after commits that failed, and judges each message once", async () => {
  const fates: Array<Fate> = ["passes", "refused", "unanswered", "refused", "passes"]
  const openings: Array<Opening> = []
  const node = await startNode({
    log: failingCommits(log, () => fates.shift() ?? "passes"),
    roots: { roots: [], threshold: 1 },
    topology: "staged",
    stagesFor: () => [countingStage()],
    onOpening: (_partition, _group, from) => openings.push(from),
  })
  for (let offset = 0; offset < 3; offset++) {
    const origin = { epoch: log.epoch, partition: 0, offset }
    await log.append(INPUT, [{ key: Buffer.from("did:a"), value: identified("did:a", origin, Date.now()) }])
    await vi.waitFor(() => expect(node.runners()[0]?.next).toBe(offset + 1), { interval: 2, timeout: 30_000 })
  }
  await node.stop()
  expect(fates).toEqual([])
  expect(openings).toEqual(["restored", "rolled-back", "committed", "rolled-back"])
  expect(await readAll(log, OUTPUT)).toHaveLength(3)
})
