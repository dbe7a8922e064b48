/** What runners write and read goes by the clocks of the process. */
import { AheadOfClockError, type Commit, type Log, UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { expect, it } from "vitest"
import { judgedLog } from "../../src/log/judged.ts"

const HOUR = 3_600_000
const NOW = 1_790_000_000_000
const record = { offset: 0, time: NOW + HOUR, key: new Uint8Array(), value: new Uint8Array() }
const admission: Commit = {
  group: "g",
  stream: STREAMS.submitted,
  from: 0,
  next: 1,
  outputs: [{ stream: STREAMS.submitted, records: [record] }],
}
const log = { read: async () => [record], commit: async () => ({ offsets: [0] }) } as unknown as Log
const read = (judged: Log) => judged.read({ stream: STREAMS.submitted, partition: 0 }, 0, 1, 1)
const clocks = { wall: () => NOW, steady: () => 0 }

it("a clock that jumped admits nobody, also where the thread began after that", async () => {
  await judgedLog(log, { anchor: NOW, acceptAhead: false }, clocks).commit(0, admission)
  const jumped = judgedLog(log, { anchor: NOW - 26 * HOUR, acceptAhead: true }, clocks)
  await expect(jumped.commit(0, admission)).rejects.toThrow(UnavailableError)
})

it("a stamp ahead of the clock is read where an operator has accepted it, and nowhere else", async () => {
  await expect(read(judgedLog(log, { anchor: NOW, acceptAhead: false }, clocks))).rejects.toThrow(AheadOfClockError)
  expect(await read(judgedLog(log, { anchor: NOW, acceptAhead: true }, clocks))).toHaveLength(1)
})
