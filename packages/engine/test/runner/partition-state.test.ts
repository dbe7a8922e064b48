/** What a runner leaves in memory, and when the next one goes on from it: what the log has decides, nothing else. */
import { hashOfBody, signBundle } from "@assay/knowledge"
import { type Log, TakenOverError, UnavailableError } from "@assay/log"
import { decodeEntry, encodeEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { actor, bundleOf } from "@assay/testkit/actors"
import type { AnyStage } from "@assay/trust"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { JudgingError } from "../../src/runner/judging-error.ts"
import type { Opening, RunnerOptions } from "../../src/runner/options.ts"
import type { PartitionState } from "../../src/runner/partition-state.ts"
import type { StageRunner } from "../../src/runner/runner.ts"
import type { SnapshotEvent } from "../../src/state/snapshot/format.ts"
import { type Counted, countingStage } from "./counting.ts"
import { type Fate, failingCommits } from "./failing-commits.ts"
import { failingStage } from "./failing-stage.ts"
import { CHANGELOG, INPUT, known, OUTPUT, Rig, readAll } from "./support.ts"

let rig: Rig
beforeEach(async () => {
  rig = await Rig.open()
})
afterEach(() => rig.close())

/** Devices that come, are forgotten again, are pushed out by others, and are admitted. */
const stage = () => countingStage(6, 8)

/** The next runner, after one that left `state`. */
const openAfter = async (on: Rig, state: PartitionState, log: Log, options: Partial<RunnerOptions> = {}) => {
  const openings: Array<Opening> = []
  const onOpening = (from: Opening): void => {
    openings.push(from)
  }
  const runner = await on.runner(log, { ...options, onOpening }, stage(), state)
  return { runner, opening: openings[0] }
}

/** What a runner knows that reads everything from the log. */
const restored = async (on: Rig, log: Log) => known(await on.runner(log, {}, stage()))

const failureOf = (running: Promise<void>): Promise<unknown> =>
  running.then(
    () => null,
    (cause: unknown) => cause,
  )

const counts = async (log: Log): Promise<ReadonlyArray<string>> =>
  (await readAll(log, OUTPUT)).map(({ key, value }) => {
    const { body } = decodeEntry(value)
    return `${Buffer.from(key).toString()} ${body.kind === "message" ? body.message.verdicts.credential?.detail : body.kind}`
  })

const engines = [
  ["the embedded log", (on: Rig) => on.embedded],
  ["a log with the manners of a cluster", (on: Rig) => on.cluster.process()],
] as const

describe("a runner after one whose commit failed", () => {
  for (const [engine, logOf] of engines) {
    it(`goes on from memory, whatever became of the commits, as if none had failed (${engine})`, async () => {
      const device = fc.nat(15).map((n) => `did:${n}`)
      const act = fc.oneof(
        { weight: 4, arbitrary: fc.record({ do: fc.constant("say" as const), device, times: fc.nat(6) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant("admit" as const), device, times: fc.constant(1) }) },
        { weight: 3, arbitrary: fc.record({ do: fc.constant("judge" as const), device, times: fc.constant(0) }) },
      )
      type Act = typeof act extends fc.Arbitrary<infer T> ? T : never
      const fates = fc.array(fc.constantFrom<Fate>("passes", "passes", "refused", "unanswered"), { maxLength: 20 })
      const openings = new Set<Opening>()

      /** @returns what was found, and what the last runner knows */
      const judgeAll = async (on: Rig, log: Log, acts: ReadonlyArray<Act>, fateOf: () => Fate) => {
        const failing = failingCommits(log, fateOf)
        let runner = await on.runner(failing, { batchRecords: 5 }, stage())
        const judge = async (): Promise<void> => {
          for (;;) {
            const failed = await failureOf(runner.drain())
            if (failed === null) return
            expect(failed).toBeInstanceOf(UnavailableError)
            const next = await openAfter(on, runner.state, failing, { batchRecords: 5 })
            openings.add(next.opening!)
            expect(known(next.runner)).toEqual(await restored(on, log))
            runner = next.runner
          }
        }
        for (const { do: what, device, times } of acts) {
          if (what === "judge") await judge()
          else if (what === "admit") await on.admission(log, device)
          else if (times > 0) await on.messages(log, ...new Array<string>(times).fill(device))
        }
        await judge()
        return { found: await counts(log), known: known(runner) }
      }
      await fc.assert(
        fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), fates, async (acts, fates) => {
          const [disturbed, other] = [await Rig.open(), await Rig.open()]
          try {
            let commits = 0
            const mine = await judgeAll(disturbed, logOf(disturbed), acts, () => fates[commits++] ?? "passes")
            expect(mine).toEqual(await judgeAll(other, logOf(other), acts, () => "passes"))
          } finally {
            await Promise.all([disturbed.close(), other.close()])
          }
        }),
        { numRuns: 6, seed: 9 },
      )
      // Nothing was read from the log again.
      expect([...openings].sort()).toEqual(["committed", "rolled-back"])
    })

    it(`rolls back where a stage failed at a later chunk, and judges with the new stages (${engine})`, async () => {
      const log = logOf(rig)
      await rig.messages(log, ...Array.from({ length: 40 }, (_, n) => `did:${n % 9}`), "did:bad")
      const failing = await rig.runner(
        log,
        {},
        failingStage(({ device }) => device === "did:bad"),
      )
      await expect(failing.drain()).rejects.toThrow(JudgingError)
      const { runner, opening } = await openAfter(rig, failing.state, log)
      expect(opening).toBe("rolled-back")
      expect(known(runner).rows).toEqual([])
      await runner.drain()
      expect(await counts(log)).toHaveLength(41)
      // The bound of the new ones: the failed one had a greater one.
      expect(known(runner).strangers).toBe(8)
      expect(known(runner)).toEqual(await restored(rig, log))
    })
  }

  it("is written by the new stages alone, to the changelog and to snapshots: nothing keeps the ones before", async () => {
    const log = rig.cluster.process()
    const writers = new Set<string>()
    const written = (by: string): AnyStage => {
      const { state, ...rest } = stage()
      const sizeOf = (one: Counted): number => {
        writers.add(by)
        return state.sizeOf(one)
      }
      return { ...rest, state: { ...state, sizeOf } }
    }
    const stop = new AbortController()
    const options = { snapshots: { dir: `${rig.dir}/snapshots`, everyBatches: 1 }, onBatch: () => stop.abort() }
    await rig.messages(log, "did:a", "did:b")
    const failed = await rig.runner(
      failingCommits(log, () => "refused"),
      options,
      written("the first ones"),
    )
    await expect(failed.run(stop.signal)).rejects.toThrow(UnavailableError)
    expect([...writers]).toEqual(["the first ones"])
    writers.clear()
    const next = await rig.runner(log, options, written("the next ones"), failed.state)
    await next.run(stop.signal)
    expect(await counts(log)).toEqual(["did:a 1", "did:b 1"])
    expect([...writers]).toEqual(["the next ones"])
  })

  it("forgets what was activated, until it is activated once more", async () => {
    const root = actor()
    const roots = { roots: [root.did], threshold: 1 }
    const body = signBundle(bundleOf(actor()), [root])
    const log = rig.cluster.process()
    let fate: Fate = "passes"
    const failing = failingCommits(log, () => fate)
    const failed = await rig.runner(failing, { roots }, stage())
    const before = known(failed)
    const control = { kind: "activation", item: "bundle", hash: hashOfBody(body), body } as const
    const value = encodeEntry({ origin: { epoch: 1, partition: 0, offset: 0 }, time: 1_500_000, body: control })
    await log.append(INPUT, [{ key: Buffer.alloc(0), value }])
    fate = "refused"
    await expect(failed.drain()).rejects.toThrow(UnavailableError)
    expect(known(failed).track).not.toBe(before.track)
    fate = "passes"
    const { runner, opening } = await openAfter(rig, failed.state, failing, { roots })
    expect(opening).toBe("rolled-back")
    expect(known(runner)).toEqual(before)
    await runner.drain()
    expect(known(runner).track).toBe(known(await rig.runner(log, { roots }, stage())).track)
    expect(known(runner).track).not.toBe(before.track)
  })

  it("goes on from a commit that wrote nothing to the changelog: the group was moved back on purpose, and the state had it all", async () => {
    const log = rig.embedded
    const forgetful = (): AnyStage => countingStage(1)
    await rig.messages(log, "did:a", "did:b")
    await (await rig.runner(log, {}, forgetful())).drain()
    const before = await readAll(log, CHANGELOG)
    let isBack = true
    // As an engine on which the group was moved back by one has it; the embedded one moves none.
    const moved: Log = {
      ...log,
      take: async (group, at) => (await log.take(group, at)) - (isBack ? 1 : 0),
      commit: async (partition, commit) => {
        isBack = false
        return log.commit(partition, { ...commit, from: commit.from + 1 })
      },
    }
    const options = { acceptMoved: true }
    const failed = await rig.runner(
      failingCommits(moved, () => "unanswered"),
      options,
      forgetful(),
    )
    expect(failed.next).toBe(1)
    await expect(failed.drain()).rejects.toThrow(UnavailableError)
    expect(await readAll(log, CHANGELOG)).toEqual(before)
    const openings: Array<Opening> = []
    const onOpening = (from: Opening): void => void openings.push(from)
    const next = await rig.runner(log, { ...options, onOpening }, forgetful(), failed.state)
    expect([openings, next.next]).toEqual([["committed"], 2])
  })

  it("keeps what is committed where it failed after the commit", async () => {
    let fails = false
    const log: Log = {
      ...rig.embedded,
      bounds: async (at) => {
        if (fails && at.stream === CHANGELOG.stream) throw new UnavailableError("no answer, says the test")
        return rig.embedded.bounds(at)
      },
      take: rig.embedded.take,
    }
    // The end of the first round is asked for after the commit that ends it.
    await rig.messages(log, "did:a")
    const first = await rig.runner(log, {}, stage())
    await first.drain()
    fails = true
    let failed: unknown = null
    for (let n = 0; n < 9 && failed === null; n++) {
      await rig.messages(log, "did:a")
      failed = await failureOf(first.drain())
    }
    expect(failed).toBeInstanceOf(UnavailableError)
    const position = await log.position("credential-checker", INPUT)
    expect(position).toBeGreaterThan(first.next)
    await expect(openAfter(rig, first.state, log)).rejects.toThrow(UnavailableError)
    fails = false
    const { runner, opening } = await openAfter(rig, first.state, log)
    expect(opening).toBe("rolled-back")
    expect(runner.next).toBe(position)
    expect(known(runner)).toEqual(await restored(rig, log))
    // The round that waited for its beginning has the right one: nothing is cut off that it does not write, and the changelog stays short.
    await rig.messages(log, "did:b")
    for (let n = 0; n < 20; n++) {
      await runner.drain()
      expect(known(runner)).toEqual(await restored(rig, log))
      await rig.messages(log, "did:a")
    }
    const { start, end } = await log.bounds(CHANGELOG)
    expect(end - start).toBeLessThan(12)
  })

  it("takes no snapshot of what was put back, and the next snapshot is whole", async () => {
    const events: Array<SnapshotEvent> = []
    const onEvent = (event: SnapshotEvent): void => void events.push(event)
    const snapshots = { dir: `${rig.dir}/snapshots`, everyBatches: 1, onEvent }
    const log = rig.cluster.process()
    await rig.messages(log, ...Array.from({ length: 60 }, (_, n) => `did:${n % 25}`))
    const { end } = await log.bounds(INPUT)
    const stop = new AbortController()
    const onBatch = ({ next }: { readonly next: number }): void => {
      if (next >= end) stop.abort()
    }
    let commits = 0
    const failing = failingCommits(log, () => (++commits % 3 === 0 ? "refused" : "passes"))
    const options = { batchRecords: 3, snapshots, onBatch }
    let runner = await rig.runner(failing, options, stage())
    let failures = 0
    for (; (await failureOf(runner.run(stop.signal))) !== null; failures++) {
      const next = await openAfter(rig, runner.state, failing, options)
      expect(next.opening).toBe("rolled-back")
      runner = next.runner
    }
    expect(failures).toBeGreaterThan(5)
    expect(events.some(({ kind }) => kind === "written")).toBe(true)
    expect(events.filter(({ kind }) => kind === "failed")).toEqual([])
    events.length = 0
    const again = known(await rig.runner(log, { snapshots }, stage()))
    expect(events.map(({ kind }) => kind)).toEqual(["used"])
    expect(again).toEqual(await restored(rig, log))
  })
})

describe("what a runner left is discarded, and the state read from the log", () => {
  /** A runner with a batch in hand that the log refused, once. */
  const interrupted = async (log: Log): Promise<StageRunner> => {
    await rig.messages(log, "did:a", "did:b")
    let fate: Fate = "passes"
    const runner = await rig.runner(
      failingCommits(log, () => fate),
      { batchRecords: 4 },
      stage(),
    )
    await runner.drain()
    await rig.messages(log, "did:a", "did:b", "did:a", "did:c")
    fate = "refused"
    await expect(runner.drain()).rejects.toThrow(UnavailableError)
    return runner
  }

  const isDiscarded = async (runner: StageRunner, log: Log): Promise<StageRunner> => {
    const expected = await restored(rig, log)
    const { runner: next, opening } = await openAfter(rig, runner.state, log)
    expect(opening).toBe("restored")
    expect(known(next)).toEqual(expected)
    expect(() => runner.state.parts).toThrow("thrown away")
    return next
  }

  it("where another process has gone on", async () => {
    const runner = await interrupted(rig.cluster.process())
    const other = rig.cluster.process()
    await (await rig.runner(other, { batchRecords: 3 }, stage())).drain()
    await isDiscarded(runner, rig.cluster.process())
  })

  it("where another process came to the same place by other states", async () => {
    const runner = await interrupted(rig.cluster.process())
    const other = rig.cluster.process()
    // Of another version, say: it forgets devices earlier.
    await (await rig.runner(other, { batchRecords: 4 }, countingStage(2, 8))).drain()
    await isDiscarded(runner, rig.cluster.process())
  })

  it("where another process came to the same place by the same states, they are gone on from", async () => {
    const runner = await interrupted(rig.cluster.process())
    const other = rig.cluster.process()
    await (await rig.runner(other, { batchRecords: 4 }, stage())).drain()
    const { runner: next, opening } = await openAfter(rig, runner.state, rig.cluster.process())
    expect(opening).toBe("committed")
    expect(known(next)).toEqual(await restored(rig, rig.cluster.process()))
  })

  it("where somebody wrote states and moved no position", async () => {
    const log = rig.cluster.process()
    const runner = await interrupted(log)
    const [row] = (await readAll(log, CHANGELOG)).filter(({ key }) => Buffer.from(key).toString() === "did:a")
    await log.append(CHANGELOG, [{ key: Buffer.from("did:z"), value: row!.value }])
    const next = await isDiscarded(runner, log)
    expect(known(next).rows.map(([device]) => device)).toContain("did:z")
  })

  it("where its changelog ends before what it has", async () => {
    const log = rig.cluster.process()
    const runner = await interrupted(log)
    const emptied: Log = {
      ...log,
      bounds: async (at) => (at.stream === CHANGELOG.stream ? { start: 0, end: 0 } : log.bounds(at)),
      take: (group, at, known) => log.take(group, at, known),
      commit: log.commit,
    }
    // One that has committed since it was restored, and one that has not.
    const fresh = await rig.runner(
      failingCommits(log, () => "refused"),
      {},
      stage(),
    )
    await expect(fresh.drain()).rejects.toThrow(UnavailableError)
    for (const { state } of [runner, fresh]) {
      await expect(openAfter(rig, state, emptied)).rejects.toThrow("holds no state")
      expect(() => state.parts).toThrow("thrown away")
    }
  })

  it("where the group was moved by hand: the partition halts as it does without", async () => {
    const log = rig.cluster.process()
    const runner = await interrupted(log)
    await rig.cluster.move("credential-checker", INPUT, 2)
    await expect(openAfter(rig, runner.state, log)).rejects.toThrow("somebody moved the group")
    expect(() => runner.state.parts).toThrow("thrown away")
  })

  it("where the log does not answer, it waits for the next runner", async () => {
    const log = rig.cluster.process()
    const runner = await interrupted(log)
    for (const call of ["take", "bounds"] as const) {
      const silent: Log = {
        ...log,
        [call]: async () => {
          throw new UnavailableError("no answer, says the test")
        },
      }
      await expect(openAfter(rig, runner.state, silent)).rejects.toThrow(UnavailableError)
    }
    const { runner: next, opening } = await openAfter(rig, runner.state, log)
    expect(opening).toBe("rolled-back")
    await next.drain()
    expect(await counts(log)).toEqual(["did:a 1", "did:b 1", "did:a 2", "did:b 2", "did:a 3", "did:c 1"])
  })

  it("a runner that another process has fenced says so, and leaves what is not gone on from", async () => {
    const log = rig.cluster.process()
    await rig.messages(log, "did:a")
    const runner = await rig.runner(log, {}, stage())
    await rig.runner(rig.cluster.process(), {}, stage())
    await expect(runner.drain()).rejects.toThrow(TakenOverError)
    expect((await readAll(log, { stream: STREAMS.checked, partition: 0 })).length).toBe(0)
  })
})
