import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { MOST_VALUES, packsOf } from "../../../src/backtest/read/packs.ts"
import type { Row } from "../../../src/backtest/read/row.ts"
import { Spool } from "../../../src/backtest/read/spool.ts"

let dir = ""
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-spool-"))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const row = (at: number, line: number, device = "d", name = "n"): Row => ({
  at,
  device,
  name,
  value: line,
  label: null,
  line,
})
const all = async <T>(from: AsyncIterable<T>): Promise<ReadonlyArray<T>> => {
  const found: Array<T> = []
  for await (const one of from) found.push(one)
  return found
}
const linesOf = async (spool: Spool): Promise<ReadonlyArray<number>> => {
  return (await all(spool.sorted())).map(({ line }) => line)
}

it("sorts by time, and by line within one time, in memory and over files alike", async () => {
  const rows = [row(5, 1), row(3, 2), row(5, 3), row(1, 4), row(3, 5), row(9, 6), row(1, 7)]
  for (const [runRows, files] of [
    [100, 0],
    [2, 4],
  ] as const) {
    const spool = new Spool(dir, runRows)
    for (const one of rows) spool.add(one)
    expect(await linesOf(spool)).toEqual([4, 7, 2, 5, 1, 3, 6])
    expect([spool.first, spool.last, spool.rows]).toEqual([1, 9, 7])
    expect(readdirSync(dir)).toHaveLength(files)
  }
})

it("makes one message of what one device says at one time, wherever it stands", async () => {
  const rows = async function* () {
    yield* [row(1, 1, "a", "x"), row(1, 2, "b", "x"), { ...row(1, 3, "a", "y"), label: "1" }, row(2, 4, "a", "x")]
  }
  const packs = await all(packsOf(rows(), () => undefined))
  expect(
    packs.map(({ at, device, values, label, line }) => [at, device, values.map(({ name }) => name), label, line]),
  ).toEqual([
    [1, "a", ["x", "y"], "1", 1],
    [1, "b", ["x"], null, 2],
    [2, "a", ["x"], null, 4],
  ])
})

it("leaves out what one message cannot carry, and says so", async () => {
  const rows = async function* () {
    for (let line = 1; line <= MOST_VALUES + 2; line++) yield row(1, line)
  }
  const left: Array<number> = []
  const packs = await all(packsOf(rows(), ({ line }) => left.push(line)))
  expect(packs[0]!.values).toHaveLength(MOST_VALUES)
  expect(left).toEqual([MOST_VALUES + 1, MOST_VALUES + 2])
})
