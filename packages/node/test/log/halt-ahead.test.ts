/** Nothing is judged under a stamp that has not come yet by the clock. */
import { AheadOfClockError, type Log, type LogRecord } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { expect, it } from "vitest"
import { haltAhead } from "../../src/log/halt-ahead.ts"

const MINUTE = 60_000
const NOW = 1_790_000_000_000
const EMPTY = new Uint8Array()

/** A log with records of these stamps, read by a clock that can be set. */
const halting = (...stamps: ReadonlyArray<number>) => {
  const records: ReadonlyArray<LogRecord> = stamps.map((time, offset) => ({ offset, time, key: EMPTY, value: EMPTY }))
  const clock = { now: NOW }
  const log = haltAhead(
    { read: async (_at: unknown, from: number) => records.slice(from) } as unknown as Log,
    () => clock.now,
  )
  const read = async (from: number, stream: string = STREAMS.submitted) =>
    (await log.read({ stream, partition: 0 }, from, 100, 100)).map(({ offset }) => offset)
  return { clock, read }
}

it("what comes before it is read, and it is not, until its time has come", async () => {
  const { clock, read } = halting(NOW - MINUTE, NOW, NOW + 26 * 60 * MINUTE, NOW)
  expect(await read(0)).toEqual([0, 1])
  await expect(read(2)).rejects.toThrow(AheadOfClockError)
  await expect(read(2)).rejects.toThrow(/submitted.*offset 2 is stamped .* 93600 s ahead/)
  clock.now += 26 * 60 * MINUTE
  expect(await read(2)).toEqual([2, 3])
})

it("clocks that differ by less than a jump halt nothing, nor does what is old", async () => {
  const { read } = halting(NOW - 1_000_000 * MINUTE, NOW + 4 * MINUTE)
  expect(await read(0)).toEqual([0, 1])
})

it("streams whose stamps nobody judges by are read as they are", async () => {
  const { read } = halting(NOW + 60 * MINUTE)
  expect(await read(0, STREAMS.audit)).toEqual([0])
})

it("an empty stream is no stream ahead", async () => {
  expect(await halting().read(0)).toEqual([])
})
