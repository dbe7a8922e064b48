/** The keeper with runners that take their time, fail, and never end, on a real embedded log. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { AheadOfClockError, type Log, LostRecordsError, TakenOverError, UnavailableError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { MovedError } from "../../src/runner/moved-position.ts"
import { type Keepable, Keeper, type KeeperOptions } from "../../src/supervise/keeper.ts"
import { MAX_RESTORES } from "../../src/supervise/restart-rules.ts"

const AT = { stream: "in", partition: 0 }
let dir = ""
let log: Log

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-keeper-"))
  log = await openEmbedded({ dir, partitions: 1 })
  await log.append(AT, [{ key: Buffer.alloc(0), value: Buffer.from("one") }])
})
afterAll(async () => {
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})

/** How one runner behaves. */
type Plan =
  | { readonly kind: "runs"; readonly stopMs: number }
  | { readonly kind: "fails"; readonly afterMs: number; readonly cause: unknown }
  | { readonly kind: "hangs" }
  | { readonly kind: "hangs in opening" }

const RUNS: Plan = { kind: "runs", stopMs: 0 }

const aKeeper = (plans: Array<Plan>, options: Partial<KeeperOptions<Keepable>> = {}) => {
  const reported = {
    restores: [] as Array<unknown>,
    alarms: [] as Array<unknown>,
    stalls: 0,
    failed: null as unknown,
    /** Whoever tries again by itself asks first how long to wait: none of either kind, and it never does. */
    pauses: { backoff: 0, halt: 0 },
  }
  const leases: Array<Log> = []
  let shared = 0
  const open = async (leased: Log): Promise<Keepable> => {
    const plan = plans.shift() ?? RUNS
    // Whoever had the partition before has ended or was abandoned: the log no longer serves it.
    for (const earlier of leases) {
      await earlier.position("group", AT).then(
        () => shared++,
        () => undefined,
      )
    }
    leases.push(leased)
    await leased.take("group", AT)
    if (plan.kind === "hangs in opening") await leased.waitFor(AT, 99, new AbortController().signal)
    return {
      next: 0,
      run: async (signal) => {
        if (plan.kind === "runs") {
          await leased.waitFor(AT, 99, signal)
          await delay(plan.stopMs)
        } else if (plan.kind === "fails") {
          await delay(plan.afterMs)
          throw plan.cause
        } else await leased.waitFor(AT, 99, new AbortController().signal)
      },
    }
  }
  const keeper = new Keeper<Keepable>({
    log,
    open,
    confirm: async () => true,
    lag: async () => 0,
    stopMs: 20,
    stallMs: 40,
    ...options,
    backoffMs: (attempt) => {
      reported.pauses.backoff++
      return options.backoffMs?.(attempt) ?? 1
    },
    haltMs: () => {
      reported.pauses.halt++
      return options.haltMs?.() ?? 1
    },
    hooks: {
      onRestore: (cause) => reported.restores.push(cause),
      onAlarm: (cause) => reported.alarms.push(cause),
      onStall: () => void reported.stalls++,
      onFail: (cause) => {
        reported.failed = cause
      },
      onPhase: () => undefined,
    },
  })
  return { keeper, reported, shared: () => shared }
}

const becomes = (keeper: Keeper<Keepable>, phase: string): Promise<void> =>
  vi.waitFor(() => expect(keeper.phase).toBe(phase), { interval: 2, timeout: 30_000 })

describe("the keeper of a partition", () => {
  it("has one runner at a time and ends at the latest assignment, whatever the runners do", async () => {
    const plan = fc.oneof(
      fc.record({ kind: fc.constant("runs" as const), stopMs: fc.nat(30) }),
      fc.record({
        kind: fc.constant("fails" as const),
        afterMs: fc.nat(3),
        cause: fc.constantFrom(
          new Error("broken"),
          new UnavailableError("no broker"),
          new TakenOverError("group", "in", 0),
        ),
      }),
      fc.constant({ kind: "hangs" as const }),
      fc.constant({ kind: "hangs in opening" as const }),
    )
    const sequence = fc.array(fc.record({ ours: fc.boolean(), pauseMs: fc.nat(8) }), { minLength: 1, maxLength: 15 })
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 6 }), sequence, async (plans, changes) => {
        const { keeper, shared } = aKeeper(plans)
        for (const { ours, pauseMs } of changes) {
          keeper.assign(ours)
          await delay(pauseMs)
        }
        const ours = changes.at(-1)!.ours
        // One that hangs is only found by looking.
        await vi.waitFor(
          async () => {
            await keeper.check(performance.now())
            expect(keeper.phase).toBe(ours ? "judging" : "idle")
          },
          { interval: 3, timeout: 30_000 },
        )
        keeper.assign(false)
        await becomes(keeper, "idle")
        expect(shared()).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it("is not ready while the log does not answer, and says why", async () => {
    const cause = new UnavailableError("no broker answers at 127.0.0.1:9092")
    const plans: Array<Plan> = Array.from({ length: 20 }, () => ({ kind: "fails", afterMs: 0, cause }))
    const { keeper, reported } = aKeeper(plans, { backoffMs: () => 10 })
    keeper.assign(true)
    await becomes(keeper, "waiting")
    expect(keeper.problem).toContain("no broker answers")
    await vi.waitFor(() => expect(reported.restores.length).toBe(20), { timeout: 30_000 })
    await becomes(keeper, "judging")
    expect(reported.failed).toBeNull()
    keeper.assign(false)
    await becomes(keeper, "idle")
  })

  it("halts on lost records, and stays halted", async () => {
    const { keeper, reported } = aKeeper([
      { kind: "fails", afterMs: 0, cause: new LostRecordsError("in", 0, 3, { start: 9 }) },
    ])
    keeper.assign(true)
    await becomes(keeper, "halted")
    expect(reported.pauses).toEqual({ backoff: 0, halt: 0 })
    expect(reported.alarms).toHaveLength(1)
    expect(keeper.problem).toContain("in/0: the records from offset 3 to 8 are gone")
    keeper.assign(false)
    expect(keeper.phase).toBe("idle")
  })

  it("halts a runner that has read further than its stream goes, and stays halted", async () => {
    const cause = new LostRecordsError("in", 0, 3, { end: 1 })
    const asked: Array<number> = []
    const refuseLost = async (next: number): Promise<void> => {
      asked.push(next)
      throw cause
    }
    const { keeper, reported, shared } = aKeeper([{ kind: "hangs" }], { refuseLost })
    keeper.assign(true)
    await becomes(keeper, "judging")
    await keeper.check(performance.now())
    expect(keeper.phase).toBe("halted")
    // Nor does it look once more.
    await keeper.check(performance.now())
    expect(asked).toEqual([0])
    const pauses = { backoff: 0, halt: 0 }
    expect(reported).toMatchObject({ alarms: [cause], restores: [], stalls: 0, failed: null, pauses })
    expect(keeper.problem).toMatch(
      /^halted: in\/0: the stream ends at 1, before offset 3 that the group has read up to/,
    )
    keeper.assign(false)
    keeper.assign(true)
    await becomes(keeper, "judging")
    expect(shared()).toBe(0)
    keeper.assign(false)
    await becomes(keeper, "idle")
  })

  it("ends the process of a log of its own after failures in a row", async () => {
    const cause = new RangeError("a batch is too large")
    const { keeper, reported } = aKeeper(
      Array.from({ length: 20 }, () => ({ kind: "fails", afterMs: 0, cause }) as const),
    )
    keeper.assign(true)
    await becomes(keeper, "halted")
    expect(reported.restores).toHaveLength(MAX_RESTORES + 1)
    expect(reported.pauses).toEqual({ backoff: MAX_RESTORES, halt: 0 })
    expect(reported.failed).toBe(cause)
    expect(reported.alarms).toEqual([])
  })

  it("halts where others share the log, tries again once in a while, and goes on once that helps", async () => {
    const shared: Log = { ...log, traits: { ...log.traits, shared: true } }
    const tried = MAX_RESTORES + 3
    for (const cause of [new RangeError("a batch is too large"), new MovedError("the group is at 7, its state at 3")]) {
      const inARow = cause instanceof MovedError ? 1 : MAX_RESTORES + 1
      const plans = Array.from({ length: tried }, (): Plan => ({ kind: "fails", afterMs: 0, cause }))
      const { keeper, reported } = aKeeper(plans, { log: shared, haltMs: () => 10 })
      keeper.assign(true)
      await becomes(keeper, "halted")
      expect(reported.alarms).toEqual([cause])
      expect(plans).toHaveLength(tried - inARow)
      expect(keeper.problem).toBe(`halted: ${cause.message}`)
      await vi.waitFor(() => expect(reported.alarms).toHaveLength(tried - inARow + 1), { interval: 2, timeout: 30_000 })
      await becomes(keeper, "judging")
      expect(keeper.problem).toBe(cause.message)
      await keeper.check(performance.now())
      expect(keeper.problem).toBeNull()
      expect(reported.failed).toBeNull()
      keeper.assign(false)
      await becomes(keeper, "idle")
    }
  })

  it("halts before a time that has not come, also on a log of its own, looks again and goes on when it has", async () => {
    const cause = new AheadOfClockError("the record at offset 7 is ahead")
    const plans = Array.from({ length: 3 }, (): Plan => ({ kind: "fails", afterMs: 0, cause }))
    const { keeper, reported } = aKeeper(plans, { haltMs: () => 10 })
    keeper.assign(true)
    await becomes(keeper, "halted")
    expect(keeper.problem).toBe(`halted: ${cause.message}`)
    await vi.waitFor(() => expect(reported.alarms).toHaveLength(3), { interval: 2, timeout: 30_000 })
    await becomes(keeper, "judging")
    expect(reported).toMatchObject({ restores: [], failed: null })
    keeper.assign(false)
    await becomes(keeper, "idle")
  })

  it("waits for an assignment where the group says that it is another's", async () => {
    const taken = new TakenOverError("group", "in", 0)
    const { keeper } = aKeeper([{ kind: "fails", afterMs: 0, cause: taken }], { confirm: async () => false })
    keeper.assign(true)
    await becomes(keeper, "idle")
    expect(keeper.problem).toBeNull()
    keeper.assign(true)
    await becomes(keeper, "judging")
    keeper.assign(false)
    await becomes(keeper, "idle")
  })

  it("restarts a runner which commits nothing although entries wait, and one whose log hangs", async () => {
    const never = new Promise<number>(() => undefined)
    for (const [lag, answers] of [
      [async () => 7, true],
      [() => never, false],
    ] as const) {
      const { keeper, reported } = aKeeper([{ kind: "hangs" }], { lag })
      keeper.assign(true)
      await becomes(keeper, "judging")
      const start = performance.now()
      // A look hangs as the log does; the next ones find it so.
      const first = keeper.check(start)
      if (answers) await first
      await keeper.check(start + 30)
      expect(reported.stalls).toBe(0)
      await keeper.check(start + 50)
      expect(reported.stalls).toBe(1)
      await becomes(keeper, "judging")
      expect(keeper.problem).toContain("stalled and restarted")
      keeper.assign(false)
      await becomes(keeper, "idle")
    }
  })

  it("takes servers that do not answer for an outage, however short the time is after which a runner counts as stalled", async () => {
    const shared: Log = { ...log, traits: { ...log.traits, shared: true } }
    const never = new Promise<number>(() => undefined)
    const { keeper, reported } = aKeeper([{ kind: "hangs" }], { log: shared, lag: () => never })
    keeper.assign(true)
    await becomes(keeper, "judging")
    const start = performance.now()
    void keeper.check(start)
    await keeper.check(start + 50)
    expect(reported.stalls).toBe(0)
    expect(reported.restores).toEqual([expect.any(UnavailableError)])
    expect(String(reported.restores[0])).toContain("the log has not answered")
    await becomes(keeper, "judging")
    keeper.assign(false)
    await becomes(keeper, "idle")

    // Restoring its state, too: where it waits for the log, and not where it is at work itself.
    const opening = aKeeper([{ kind: "hangs in opening" }], { log: shared })
    opening.keeper.assign(true)
    await vi.waitFor(() => expect(opening.keeper.phase).toBe("opening"))
    await delay(1)
    await opening.keeper.check(performance.now() + 60)
    expect(opening.reported).toMatchObject({ stalls: 0, restores: [expect.any(UnavailableError)] })
    opening.keeper.assign(false)
    await becomes(opening.keeper, "idle")

    // The log answers that entries wait: the runner stands still by itself.
    const still = aKeeper([{ kind: "hangs" }], { log: shared, lag: async () => 7 })
    still.keeper.assign(true)
    await becomes(still.keeper, "judging")
    const began = performance.now()
    await still.keeper.check(began)
    await still.keeper.check(began + 50)
    expect(still.reported).toMatchObject({ stalls: 1, restores: [] })
    still.keeper.assign(false)
    await becomes(still.keeper, "idle")
  })
})
