/** The guarantees of `port.ts` as tests that any engine must pass. For test files only: it needs vitest. */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { FencedError } from "./errors.ts"
import type { Log, LogRecord, NewRecord, StreamPartition } from "./port.ts"

/** A log under test. It must have at least two partitions. */
export interface LogUnderTest {
  readonly log: Log
  /** Closes the log and opens it again on the same data. */
  readonly reopen: () => Promise<Log>
  /** Closes the last opened log and deletes the data. */
  readonly destroy: () => Promise<void>
}

const record = (key: string, value: string | Uint8Array = `value of ${key}`): NewRecord => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
})
const numbered = (from: number, count: number): ReadonlyArray<NewRecord> =>
  Array.from({ length: count }, (_, n) => record(`k${from + n}`))
const keysOf = (records: ReadonlyArray<LogRecord>): ReadonlyArray<string> =>
  records.map(({ key }) => Buffer.from(key).toString())
const offsetsOf = (records: ReadonlyArray<LogRecord>): ReadonlyArray<number> => records.map(({ offset }) => offset)
const NEVER = new AbortController().signal
const MIB = 1 << 20

const input: StreamPartition = { stream: "in", partition: 0 }
const output: StreamPartition = { stream: "out", partition: 0 }

/** Every record from `from` on, read in steps of `step`. */
export const readAll = async (log: Log, at: StreamPartition, from = 0, step = 1000): Promise<Array<LogRecord>> => {
  const all: Array<LogRecord> = []
  for (let next = from; ; ) {
    const records = await log.read(at, next, step, 4 * MIB)
    if (records.length === 0) return all
    all.push(...records)
    next = records.at(-1)!.offset + 1
  }
}

export const logContract = (name: string, open: () => Promise<LogUnderTest>): void => {
  describe(`${name} keeps the contract of a log`, () => {
    let under: LogUnderTest
    let log: Log
    beforeEach(async () => {
      under = await open()
      log = under.log
    })
    afterEach(() => under.destroy())

    const commit = (group: string, from: number, next: number, records: ReadonlyArray<NewRecord>) =>
      log.commit(0, { group, stream: "in", from, next, outputs: [{ stream: "out", records }] })

    describe("durable", () => {
      it("has after a reopen what append and commit resolved", async () => {
        const { time } = await log.append(input, [record("a"), record("b", "")])
        await commit("g", 0, 2, [record("c")])
        const before = { in: await readAll(log, input), out: await readAll(log, output) }
        const { epoch, genesis, partitions } = log
        log = await under.reopen()
        expect({ in: await readAll(log, input), out: await readAll(log, output) }).toEqual(before)
        expect(keysOf(before.in)).toEqual(["a", "b"])
        expect(before.in.map((each) => each.time)).toEqual([time, time])
        expect(await log.position("g", input)).toBe(2)
        expect({ epoch: log.epoch, genesis: log.genesis, partitions: log.partitions }).toEqual({
          epoch,
          genesis,
          partitions,
        })
      })

      it("goes on counting after a reopen, with no time before the last", async () => {
        const first = await log.append(input, numbered(0, 3))
        const { end } = await log.bounds(input)
        log = await under.reopen()
        expect((await log.bounds(input)).end).toBeGreaterThanOrEqual(end)
        const second = await log.append(input, numbered(3, 1))
        expect(second.offset).toBeGreaterThanOrEqual(end)
        expect(second.time).toBeGreaterThanOrEqual(first.time)
      })

      it("keeps any bytes as they are", async () => {
        const value = Uint8Array.from({ length: 3 * MIB }, (_, n) => (n * 31) & 255)
        await log.append(input, [record("", value), record("\0ÿ", "")])
        log = await under.reopen()
        const [large, empty] = await readAll(log, input)
        expect(Buffer.compare(large!.value, value)).toBe(0)
        expect([large!.key.length, Buffer.from(empty!.key).toString(), empty!.value.length]).toEqual([0, "\0ÿ", 0])
      })
    })

    describe("atomic", () => {
      it("shows outputs and position of a commit together", async () => {
        await log.append(input, numbered(0, 4))
        const done = log.commit(0, {
          group: "g",
          stream: "in",
          from: 0,
          next: 4,
          outputs: [
            { stream: "out", records: numbered(0, 2) },
            { stream: "other", records: numbered(2, 3) },
            { stream: "none", records: [] },
          ],
        })
        // Whatever a reader sees on the way, it is all or nothing.
        const glimpse = async () => [
          await log.position("g", input),
          (await log.read(output, 0, 10, MIB)).length,
          (await log.read({ stream: "other", partition: 0 }, 0, 10, MIB)).length,
        ]
        const seen = [await glimpse(), await glimpse()]
        const { offsets } = await done
        for (const each of seen)
          expect([
            [0, 0, 0],
            [4, 2, 3],
          ]).toContainEqual(each)
        expect(await glimpse()).toEqual([4, 2, 3])
        expect(offsets.slice(0, 2)).toEqual([0, 0])
        expect(offsets).toHaveLength(3)
      })

      it("moves a position without outputs, and stays where a batch read nothing new", async () => {
        await log.append(input, numbered(0, 5))
        await log.commit(0, { group: "g", stream: "in", from: 0, next: 5, outputs: [] })
        expect(await log.position("g", input)).toBe(5)
        await commit("g", 5, 5, [record("tick")])
        expect(await log.position("g", input)).toBe(5)
        expect(keysOf(await readAll(log, output))).toEqual(["tick"])
      })
    })

    describe("once", () => {
      it("refuses a commit that starts elsewhere, and nothing of it is there", async () => {
        await log.append(input, numbered(0, 5))
        await commit("g", 0, 2, [record("a")])
        await expect(commit("g", 0, 3, [record("b")])).rejects.toThrow(FencedError)
        await expect(commit("g", 3, 4, [record("b")])).rejects.toMatchObject({
          name: "FencedError",
          expected: 3,
          actual: 2,
        })
        expect(await log.position("g", input)).toBe(2)
        expect(keysOf(await readAll(log, output))).toEqual(["a"])
        await commit("g", 2, 3, [record("c")])
        log = await under.reopen()
        expect(keysOf(await readAll(log, output))).toEqual(["a", "c"])
        expect(await log.position("g", input)).toBe(3)
      })

      it("lets exactly one of two rivals commit", async () => {
        await log.append(input, numbered(0, 5))
        const outcomes = await Promise.allSettled([commit("g", 0, 2, [record("a")]), commit("g", 0, 3, [record("b")])])
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
        expect(await readAll(log, output)).toHaveLength(1)
      })

      it("keeps positions of groups and streams apart", async () => {
        await log.append(input, numbered(0, 5))
        await commit("g", 0, 2, [])
        await commit("h", 0, 3, [])
        await log.commit(0, { group: "g", stream: "out", from: 0, next: 0, outputs: [] })
        expect(await log.position("g", input)).toBe(2)
        expect(await log.position("h", input)).toBe(3)
        expect(await log.position("g", output)).toBe(0)
        expect(await log.position("g", { ...input, partition: 1 })).toBe(0)
      })
    })

    describe("order", () => {
      it("starts at 0 and only grows, times never running backwards", async () => {
        for (let n = 0; n < 5; n++) await log.append(input, numbered(n * 3, 3))
        const records = await readAll(log, input, 0, 4)
        expect(records[0]!.offset).toBe(0)
        expect(keysOf(records)).toEqual(keysOf(await readAll(log, input)))
        expect(keysOf(records)).toEqual(numbered(0, 15).map(({ key }) => key.toString()))
        for (const [n, each] of records.slice(1).entries()) {
          expect(each.offset).toBeGreaterThan(records[n]!.offset)
          expect(each.time).toBeGreaterThanOrEqual(records[n]!.time)
        }
      })

      it("keeps calls in order that come at once, and tells each its own offset", async () => {
        const calls = await Promise.all(Array.from({ length: 50 }, (_, n) => log.append(input, numbered(n * 2, 2))))
        const byOffset = new Map(
          (await readAll(log, input)).map((each) => [each.offset, Buffer.from(each.key).toString()]),
        )
        expect(byOffset.size).toBe(100)
        for (const [n, { offset }] of calls.entries()) expect(byOffset.get(offset)).toBe(`k${n * 2}`)
      })

      it("interleaves append and commit to the same stream", async () => {
        await log.append(input, numbered(0, 20))
        const calls: Array<Promise<unknown>> = []
        for (let n = 0; n < 20; n++) {
          calls.push(log.append(output, [record(`append ${n}`), record(`append ${n}, too`)]))
          calls.push(commit("g", n, n + 1, [record(`commit ${n}`)]))
        }
        await Promise.all(calls)
        log = await under.reopen()
        const keys = keysOf(await readAll(log, output))
        expect(keys).toHaveLength(60)
        for (const kind of ["append", "commit"]) {
          const own = keys.filter((key) => key.startsWith(kind) && !key.endsWith("too"))
          expect(own).toEqual(Array.from({ length: 20 }, (_, n) => `${kind} ${n}`))
        }
        for (let n = 0; n < 20; n++) expect(keys[keys.indexOf(`append ${n}`) + 1]).toBe(`append ${n}, too`)
        expect(await log.position("g", input)).toBe(20)
      })

      it("answers an append of nothing with the end", async () => {
        await log.append(input, numbered(0, 3))
        expect((await log.append(input, [])).offset).toBe((await log.bounds(input)).end)
        expect(await readAll(log, input)).toHaveLength(3)
      })
    })

    describe("bounded", () => {
      it("returns at most maxRecords, from the middle of anything", async () => {
        await log.append(input, numbered(0, 10))
        await log.append(input, numbered(10, 10))
        const offsets = offsetsOf(await readAll(log, input))
        for (const [n, from] of offsets.entries()) {
          const records = await log.read(input, from, 7, MIB)
          expect(offsetsOf(records)).toEqual(offsets.slice(n, n + 7))
        }
      })

      it("returns about maxBytes, and always one record where there is one", async () => {
        const large = () => record("large", new Uint8Array(300_000))
        await log.append(input, [large(), large(), large(), large(), large()])
        expect(await log.read(input, 0, 100, 1)).toHaveLength(1)
        const some = await log.read(input, 0, 100, 700_000)
        expect(some.length).toBeGreaterThanOrEqual(1)
        expect(some.length).toBeLessThanOrEqual(3)
        expect(await readAll(log, input)).toHaveLength(5)
      })

      it("returns nothing at the end, beyond it and for an unknown stream", async () => {
        await log.append(input, numbered(0, 3))
        const { end } = await log.bounds(input)
        expect(await log.read(input, end, 10, MIB)).toEqual([])
        expect(await log.read(input, end + 1000, 10, MIB)).toEqual([])
        expect(await log.read({ stream: "unknown", partition: 0 }, 0, 10, MIB)).toEqual([])
        expect(await log.bounds({ stream: "unknown", partition: 0 })).toEqual({ start: 0, end: 0 })
      })

      it("takes a batch of any size", async () => {
        const many = Array.from({ length: 5000 }, (_, n) => record(`k${n}`, new Uint8Array(700).fill(n & 255)))
        await log.append(input, many)
        log = await under.reopen()
        const records = await readAll(log, input, 0, 512)
        expect(keysOf(records)).toEqual(many.map(({ key }) => key.toString()))
        expect(records.every(({ value }, n) => value[699] === (n & 255))).toBe(true)
      })
    })

    describe("waitFor", () => {
      it("resolves at once for a record that is there", async () => {
        await log.append(input, numbered(0, 3))
        await log.waitFor(input, 0, NEVER)
        await log.waitFor(input, (await log.read(input, 0, 10, MIB)).at(-1)!.offset, NEVER)
      })

      it("resolves once an append or a commit brings one, which is then readable", async () => {
        const appended = log.waitFor(input, 0, NEVER).then(() => log.read(input, 0, 10, MIB))
        const committed = log.waitFor(output, 0, NEVER).then(() => log.read(output, 0, 10, MIB))
        await log.append(input, numbered(0, 1))
        expect(keysOf(await appended)).toEqual(["k0"])
        await commit("g", 0, 1, [record("c")])
        expect(keysOf(await committed)).toEqual(["c"])
      })

      it("does not resolve for other records, and resolves on abort", async () => {
        const stop = new AbortController()
        const { offset } = await log.append(input, numbered(0, 1))
        let woken = false
        const waiting = log.waitFor(input, offset + 2, stop.signal).then(() => {
          woken = true
        })
        await log.append({ ...input, partition: 1 }, numbered(0, 9))
        await log.append(output, numbered(0, 9))
        expect(woken).toBe(false)
        stop.abort()
        await waiting
        await log.waitFor(input, 1000, stop.signal)
      })
    })

    describe("truncate", () => {
      it("forgets records below an offset, never one at or above it", async () => {
        for (let n = 0; n < 10; n++) await log.append(output, numbered(n * 4, 4))
        await log.append(input, numbered(0, 1))
        const offsets = offsetsOf(await readAll(log, output))
        const before = offsets[22]!
        await log.commit(0, {
          group: "g",
          stream: "in",
          from: 0,
          next: 1,
          outputs: [{ stream: "out", records: [record("new")] }],
          truncate: [
            { stream: "out", before },
            { stream: "unknown", before: 5 },
          ],
        })
        for (const reopened of [false, true]) {
          if (reopened) log = await under.reopen()
          const { start } = await log.bounds(output)
          expect(start).toBeGreaterThan(0)
          expect(start).toBeLessThanOrEqual(before)
          const left = await readAll(log, output)
          expect(left[0]!.offset).toBe(start)
          expect(keysOf(left.filter(({ offset }) => offset >= before))).toEqual([
            ...numbered(22, 18).map(({ key }) => key.toString()),
            "new",
          ])
        }
      })

      it("goes on counting where everything was truncated", async () => {
        await log.append(output, numbered(0, 4))
        const { end } = await log.bounds(output)
        const truncate = [{ stream: "out", before: end }]
        await log.commit(0, { group: "g", stream: "in", from: 0, next: 0, outputs: [], truncate })
        log = await under.reopen()
        expect(await log.bounds(output)).toEqual({ start: end, end })
        expect(await readAll(log, output)).toEqual([])
        const { offset } = await log.append(output, numbered(4, 1))
        expect(offset).toBeGreaterThanOrEqual(end)
        expect(keysOf(await readAll(log, output))).toEqual(["k4"])
      })
    })

    describe("cells", () => {
      const text = async (name: string, partition = 0): Promise<string | null> => {
        const value = await log.cells.get(partition, name)
        return value === null ? null : Buffer.from(value).toString()
      }

      it("swaps only where the present value is the expected one", async () => {
        const [a, b] = [Buffer.from("a"), Buffer.from("b")]
        expect(await text("x")).toBeNull()
        expect(await log.cells.swap(0, "x", a, b)).toBe(false)
        expect(await log.cells.swap(0, "x", null, a)).toBe(true)
        expect(await log.cells.swap(0, "x", null, b)).toBe(false)
        expect(await log.cells.swap(0, "x", b, b)).toBe(false)
        expect(await text("x")).toBe("a")
        expect(await log.cells.swap(0, "x", Buffer.from("a"), b)).toBe(true)
        expect([await text("x"), await text("y"), await text("x", 1)]).toEqual(["b", null, null])
        log = await under.reopen()
        expect(await text("x")).toBe("b")
      })

      it("lets exactly one of many rivals win", async () => {
        const rivals = Array.from({ length: 20 }, (_, n) => log.cells.swap(0, "x", null, Buffer.from(`${n}`)))
        expect((await Promise.all(rivals)).filter((won) => won)).toHaveLength(1)
      })

      it("tells an empty value from none", async () => {
        expect(await log.cells.swap(0, "x", null, new Uint8Array(0))).toBe(true)
        expect(await text("x")).toBe("")
        expect(await log.cells.swap(0, "x", null, Buffer.from("a"))).toBe(false)
        expect(await log.cells.swap(0, "x", new Uint8Array(0), Buffer.from("a"))).toBe(true)
      })
    })

    describe("partitions", () => {
      it("work at the same time and do not meet", async () => {
        const run = async (partition: number): Promise<void> => {
          for (let n = 0; n < 10; n++) {
            await log.append({ stream: "in", partition }, [record(`${partition}.${n}`)])
            const outputs = [{ stream: "out", records: [record(`${partition}.${n}`)] }]
            await log.commit(partition, { group: "g", stream: "in", from: n, next: n + 1, outputs })
          }
        }
        const all = Array.from({ length: log.partitions }, (_, partition) => partition)
        await Promise.all(all.map(run))
        log = await under.reopen()
        for (const partition of all) {
          const expected = Array.from({ length: 10 }, (_, n) => `${partition}.${n}`)
          expect(keysOf(await readAll(log, { stream: "in", partition }))).toEqual(expected)
          expect(keysOf(await readAll(log, { stream: "out", partition }))).toEqual(expected)
        }
      })

      it("refuses one that does not exist", async () => {
        await expect(log.append({ stream: "in", partition: log.partitions }, numbered(0, 1))).rejects.toThrow(
          RangeError,
        )
      })
    })
  })
}
