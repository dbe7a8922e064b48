import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import type { Log } from "@assay/log"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { SnapshotEvent, SnapshotOptions } from "../../src/state/snapshot/format.ts"
import { countingLogic, countingStage } from "../runner/counting.ts"
import { CHANGELOG, GROUP, INPUT, known, Rig, readAll } from "../runner/support.ts"

let rig: Rig
let log: Log
let dir: string
let events: Array<SnapshotEvent>
beforeEach(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
  dir = join(rig.dir, "snapshots")
  events = []
})
afterEach(() => rig.close())

const options = (more: Partial<SnapshotOptions> = {}): SnapshotOptions => ({
  dir,
  onEvent: (event) => events.push(event),
  ...more,
})
const file = (): string => join(dir, `${GROUP}-p000.snapshot`)
const kinds = (): ReadonlyArray<string> => events.map(({ kind }) => kind)

/** Devices that come, are forgotten again (a count of 6, or pushed out by others) and are admitted. */
const stage = () => countingStage(6, 40)

const judge = async (on: Log, more: Partial<SnapshotOptions>, batchRecords = 7): Promise<void> => {
  const runner = await rig.runner(on, { snapshots: options(more), batchRecords }, stage())
  await runner.drain()
  await runner.run(AbortSignal.abort())
}

const someMessages = async (on: Log, count: number, from = 0): Promise<void> =>
  rig.messages(on, ...Array.from({ length: count }, (_, n) => `did:${((from + n) * 7919) % 97}`))

/** What a runner knows that reads the whole changelog, and what one knows that begins with the snapshot. */
const both = async (on: Log) => {
  const whole = known(await rig.runner(on, {}, stage()))
  events = []
  const short = await rig.runner(on, { snapshots: options() }, stage())
  return { whole, short: known(short), runner: short }
}

describe("a restore that begins with a snapshot", () => {
  interface Act {
    readonly devices: ReadonlyArray<number>
    readonly admit: number | null
    readonly batchRecords: number
    readonly everyBatches: number
    readonly atStop: boolean
    readonly compact: boolean
  }
  const acts = fc.array(
    fc.record<Act>({
      devices: fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 120 }),
      admit: fc.option(fc.integer({ min: 0, max: 120 }), { nil: null }),
      batchRecords: fc.integer({ min: 1, max: 40 }),
      everyBatches: fc.integer({ min: 1, max: 12 }),
      atStop: fc.boolean(),
      compact: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  )

  for (const engine of ["a cluster", "the embedded log"] as const)
    it(`comes to the same as one of the whole changelog (${engine})`, async () => {
      // Each look at the clock takes a millisecond: a slice is a few rows, so that snapshots span many batches.
      let clock = 0
      const slow = vi.spyOn(performance, "now").mockImplementation(() => clock++)
      let used = 0
      await fc.assert(
        fc.asyncProperty(acts, async (all) => {
          const each = await Rig.open()
          const last = rig
          rig = each
          dir = join(each.dir, "snapshots")
          const on = engine === "a cluster" ? each.cluster.process() : each.embedded
          try {
            for (const { devices, admit, batchRecords, everyBatches, atStop, compact } of all) {
              await each.messages(on, ...devices.map((n) => `did:${n}`))
              if (admit !== null) await each.admission(on, `did:${admit}`)
              await judge(on, { everyBatches, atStop }, batchRecords)
              if (compact && engine === "a cluster") await each.cluster.compact(CHANGELOG)
              const { whole, short } = await both(on)
              expect(short).toEqual(whole)
              if (kinds().includes("used")) used++
            }
            // They go on alike: pools are in the same order, so the same strangers are pushed out.
            const { whole } = await both(on)
            const runner = await each.runner(on, { snapshots: options({ atStop: false }) }, stage())
            expect(known(runner)).toEqual(whole)
            await each.messages(on, ...Array.from({ length: 45 }, (_, n) => `did:new${n}`))
            await runner.drain()
            await runner.run(AbortSignal.abort())
            expect(known(await each.runner(on, {}, stage()))).toEqual(known(runner))
          } finally {
            await each.close()
            rig = last
          }
        }),
        { numRuns: 25 },
      )
      slow.mockRestore()
      expect(used).toBeGreaterThan(20)
    })

  it("follows no link: neither to read what lies elsewhere, nor to write there", async () => {
    await someMessages(log, 30)
    await judge(log, {})
    const elsewhere = join(rig.dir, "elsewhere")
    renameSync(file(), elsewhere)
    symlinkSync(elsewhere, file())
    events = []
    await rig.runner(log, { snapshots: options() }, stage())
    expect(events).toMatchObject([{ kind: "refused", why: "it is a symbolic link" }])
    const precious = join(rig.dir, "precious")
    writeFileSync(precious, "kept")
    symlinkSync(precious, `${file()}.new`)
    await someMessages(log, 30, 30)
    await judge(log, {})
    expect(kinds()).toContain("failed")
    expect(readFileSync(precious, "utf8")).toBe("kept")
    // The link is gone, so the next one is written, in the place of the other link.
    await someMessages(log, 30, 60)
    await judge(log, {})
    expect(kinds().at(-1)).toBe("written")
    expect(lstatSync(file()).isFile()).toBe(true)
  })

  it("reads no more of the changelog than what follows it", async () => {
    await someMessages(log, 300)
    await judge(log, {})
    expect(kinds().at(-1)).toBe("written")
    await someMessages(log, 20, 300)
    await judge(log, { everyBatches: 1e9, everyMs: 1e9, atStop: false })
    const read: Array<number> = []
    const counting: Log = {
      ...log,
      read: async (at, from, ...rest) => {
        const records = await log.read(at, from, ...rest)
        if (at.stream === CHANGELOG.stream) read.push(records.length)
        return records
      },
    }
    events = []
    await rig.runner(counting, { snapshots: options() }, stage())
    expect(kinds()).toEqual(["used"])
    expect((await readAll(log, CHANGELOG)).length).toBeGreaterThan(500)
    expect(read.reduce((sum, each) => sum + each, 0)).toBeLessThan(80)
  })

  it("goes on where the snapshot is when the position was forgotten, by the whole changelog", async () => {
    await someMessages(log, 50)
    await judge(log, {})
    await rig.cluster.forget(GROUP, INPUT)
    const { whole, short } = await both(log)
    expect(short).toEqual(whole)
  })

  it("is taken while the runner has nothing to read, and leaves no temporary file", async () => {
    await someMessages(log, 300)
    const stop = new AbortController()
    const written = Promise.withResolvers<void>()
    const onEvent = (event: SnapshotEvent) => (event.kind === "written" ? written.resolve() : written.reject(event))
    const runner = await rig.runner(log, { snapshots: { dir, everyMs: 1, atStop: false, onEvent } }, stage())
    const running = runner.run(stop.signal)
    await written.promise
    stop.abort()
    await running
    expect(readdirSync(dir)).toEqual([`${GROUP}-p000.snapshot`])
  })
})

describe("a snapshot that is not to be believed", () => {
  const refusedFor = async (why: string): Promise<void> => {
    const { whole, short } = await both(log)
    expect(short).toEqual(whole)
    expect(events).toEqual([{ kind: "refused", file: file(), why: expect.stringContaining(why) }])
  }

  beforeEach(async () => {
    await someMessages(log, 200)
    await judge(log, {})
    expect(kinds().at(-1)).toBe("written")
  })

  it("is refused wherever a byte of it differs", async () => {
    const good = readFileSync(file())
    const { whole } = await both(log)
    for (let at = 0; at < good.length; at += 97) {
      const bad = Buffer.from(good)
      bad[at]! ^= 1 << (at % 8)
      writeFileSync(file(), bad)
      const { short } = await both(log)
      expect(short).toEqual(whole)
      expect([at, ...kinds()]).toEqual([at, "refused"])
    }
    for (const end of [0, 5, 40, good.length - 40, good.length - 1]) {
      writeFileSync(file(), good.subarray(0, end))
      const { short } = await both(log)
      expect(short).toEqual(whole)
      expect(kinds()).toEqual(["refused"])
    }
    writeFileSync(file(), good)
    expect((await both(log)).short).toEqual(whole)
    expect(kinds()).toEqual(["used"])
  })

  it("is refused where it is older than the cluster remembers what is gone, or of the future", async () => {
    const clock = vi.spyOn(Date, "now")
    const now = Date.now()
    clock.mockReturnValue(now + 24 * 3_600_000)
    await refusedFor("s old")
    clock.mockReturnValue(now - 60_000)
    await refusedFor("s old")
    clock.mockReturnValue(now + 22 * 3_600_000)
    await both(log)
    expect(kinds()).toEqual(["used"])
    clock.mockRestore()
  })

  it("is refused where it is of another log or of other code", async () => {
    const own = log
    log = { ...own, genesis: own.genesis + 1 }
    await refusedFor("its genesis is")
    log = { ...own, epoch: 2 }
    await refusedFor("its epoch is")
    log = own
    const other = { ...stage(), logic: new Map([1, 2].map((version) => [version, countingLogic(version, 6)] as const)) }
    events = []
    await rig.runner(log, { snapshots: options() }, other)
    expect(events).toMatchObject([{ kind: "refused", why: 'its stages is ["credential@1"], not ["credential@1+2"]' }])
  })

  it("is refused where the changelog begins after it, or ends before it", async () => {
    await someMessages(log, 50)
    const runner = await rig.runner(log, {}, stage())
    await runner.drain()
    const own = log
    const { start, end } = await own.bounds(CHANGELOG)
    const bounded = (bounds: { start: number; end: number }): Log => ({
      ...own,
      bounds: async (at) => (at.stream === CHANGELOG.stream ? bounds : own.bounds(at)),
    })
    events = []
    await rig.runner(bounded({ start: end - 2, end }), { snapshots: options() }, stage())
    expect(kinds()).toEqual(["refused"])
    events = []
    await rig.runner(bounded({ start, end: 20 }), { snapshots: options() }, stage())
    expect(kinds()).toEqual(["refused"])
  })

  it("is refused where the changelog after it does not come to the group's position", async () => {
    await rig.cluster.move(GROUP, INPUT, 11)
    events = []
    await expect(rig.runner(log, { snapshots: options() }, stage())).rejects.toThrow("somebody moved the group")
    expect(events).toMatchObject([{ kind: "refused", why: expect.stringContaining("the group is at 11") }])
  })
})

describe("a snapshot that cannot be written", () => {
  it("is reported, and stops nobody", async () => {
    await someMessages(log, 100)
    mkdirSync(`${file()}.new`, { recursive: true })
    await judge(log, { everyBatches: 2 })
    expect(new Set(kinds())).toEqual(new Set(["failed"]))
    expect(events[0]).toMatchObject({ file: file(), cause: { code: "EISDIR" } })
    rmSync(`${file()}.new`, { recursive: true })
    await someMessages(log, 100)
    events = []
    await judge(log, { everyBatches: 2 })
    expect(kinds()).toContain("written")
  })
})
