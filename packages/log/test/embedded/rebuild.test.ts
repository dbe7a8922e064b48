/** A directory that is written as another engine's log is: the same offsets, with their gaps. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import { Environment } from "../../src/embedded/environment.ts"
import { beginRebuild, openEmbedded, PartitionRebuild } from "../../src/embedded/index.ts"
import type { LogRecord } from "../../src/index.ts"

const root = mkdtempSync(join(tmpdir(), "assay-rebuild-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let nth = 0

const recordAt = (offset: number): LogRecord => ({
  offset,
  time: 1_700_000_000_000 + offset,
  key: Buffer.from(`key ${offset}`),
  value: Buffer.from(`value ${offset}`),
})

const rebuilt = async (
  batches: ReadonlyArray<ReadonlyArray<LogRecord>>,
  extent: { readonly start: number; readonly end: number },
): Promise<{ readonly dir: string; readonly end: number }> => {
  const dir = join(root, String(nth++))
  beginRebuild(dir, { partitions: 1, epoch: 7, genesis: 5 })
  const rebuild = PartitionRebuild.open(dir, 0)
  const end = await rebuild.stream(
    "events",
    extent,
    (async function* () {
      yield* batches
    })(),
  )
  await rebuild.finish({
    positions: [{ group: "readers", stream: "events", next: end }],
    cells: new Map([["row", Buffer.from("7")]]),
  })
  await rebuild.close()
  return { dir, end }
}

const plain = ({ offset, time, key, value }: LogRecord) => [offset, time, Buffer.from(key), Buffer.from(value)]

test("every record is read under its offset and stamp, from any offset on, and the log goes on behind them", async () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), gaps, fc.integer({ min: 1, max: 12 }), async (start, steps, size) => {
      let at = start - 1
      const records = steps.map((step) => {
        at += step
        return recordAt(at)
      })
      const batches = Array.from({ length: Math.ceil(records.length / size) }, (_, n) =>
        records.slice(n * size, (n + 1) * size),
      )
      const { dir, end } = await rebuilt(batches, { start, end: at + 5 })
      expect(end).toBe(at + 1)
      const log = await openEmbedded({ dir, clock: () => 1_700_000_002_000_000 })
      try {
        expect([log.epoch, log.genesis]).toEqual([7, 5])
        const events = { stream: "events", partition: 0 }
        expect(await log.bounds(events)).toEqual({ start, end })
        for (const from of [0, start, records[steps.length >> 1]!.offset, at])
          expect((await log.read(events, from, 1_000, 1 << 20)).map(plain)).toEqual(
            records.filter(({ offset }) => offset >= from).map(plain),
          )
        expect(await log.position("readers", events)).toBe(end)
        expect(Buffer.from((await log.cells.get(0, "row"))!).toString()).toBe("7")
        await log.append(events, [recordAt(0)])
        expect((await log.read(events, end, 1, 1))[0]!.offset).toBe(end)
      } finally {
        await log.close()
      }
    }),
    { numRuns: 4 },
  )
})

test("a stream without records ends where it is said to end", async () => {
  const { dir, end } = await rebuilt([], { start: 30, end: 44 })
  expect(end).toBe(44)
  const log = await openEmbedded({ dir, readOnly: true })
  expect(await log.bounds({ stream: "events", partition: 0 })).toEqual({ start: 44, end: 44 })
  expect(await log.read({ stream: "events", partition: 0 }, 0, 10, 1_000)).toEqual([])
  await log.close()
})

test("a gap is none that was lost: a frame that is gone is still found", async () => {
  const { dir } = await rebuilt([[recordAt(3)], [recordAt(9)], [recordAt(20)]], { start: 0, end: 0 })
  const environment = new Environment(join(dir, "p000"), "write")
  await environment.write({ frames: [], removals: [{ id: 0, base: 4 }], rows: [] })
  await environment.close()
  const log = await openEmbedded({ dir, readOnly: true })
  await expect(log.read({ stream: "events", partition: 0 }, 0, 10, 1_000)).rejects.toThrow(
    "lost the record at offset 4",
  )
  await log.close()
})

test("records that do not follow are refused", async () => {
  await expect(rebuilt([[recordAt(5)], [recordAt(4)]], { start: 0, end: 0 })).rejects.toThrow("does not follow")
})

test("a stream goes on behind what it has, also where it had nothing yet", async () => {
  const dir = join(root, "goes-on")
  beginRebuild(dir, { partitions: 1, epoch: 1, genesis: 5 })
  const rebuild = PartitionRebuild.open(dir, 0)
  const add = (name: string, start: number, end: number, ...offsets: ReadonlyArray<number>): Promise<number> =>
    rebuild.stream(
      name,
      { start, end },
      (async function* () {
        if (offsets.length > 0) yield offsets.map(recordAt)
      })(),
    )
  expect([await add("late", 0, 0), await add("events", 2, 9, 3, 7), rebuild.endOf("events")]).toEqual([0, 8, 8])
  expect([await add("events", 4, 30, 11, 12), await add("late", 0, 6, 5), await add("events", 4, 30)]).toEqual([
    13, 6, 13,
  ])
  await rebuild.finish({ positions: [], cells: new Map() })
  await rebuild.close()
  const log = await openEmbedded({ dir, readOnly: true })
  const offsets = async (stream: string): Promise<ReadonlyArray<number>> =>
    (await log.read({ stream, partition: 0 }, 0, 100, 1 << 20)).map(({ offset }) => offset)
  expect([await offsets("events"), await offsets("late")]).toEqual([[3, 7, 11, 12], [5]])
  expect(await log.bounds({ stream: "events", partition: 0 })).toEqual({ start: 2, end: 13 })
  await log.close()
})
