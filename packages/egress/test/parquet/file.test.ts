import type { ReadingRow } from "@assay/schemas"
import { describe, expect, it } from "vitest"
import { parquetOf, rowsOfParquet } from "../../src/parquet/file.ts"
import { rowsPath } from "../../src/parquet/layout.ts"
import { readingRows } from "../../src/readings/rows.ts"
import { decidedWith, reading } from "../readings/support.ts"

const [row] = readingRows(decidedWith(7, {}, [reading("temperature")])) as [ReadingRow]

const odd: ReadonlyArray<ReadingRow> = [
  row,
  { ...row, position: 1, value: null, flag: false },
  { ...row, position: 2, value: null, text: "ü \u0000 \ud83d\ude00" },
  { ...row, position: 3, value: null, data: Buffer.from([0, 255]) },
  {
    ...row,
    position: 4,
    value: -0.1,
    unit: null,
    vendor: null,
    class: null,
    zone: null,
    trust: null,
    reputation: null,
  },
  { ...row, position: 5, measuredAt: null, originOffset: Number.MAX_SAFE_INTEGER },
  { ...row, position: 6, measuredAt: -1, originEpoch: 2 ** 31 - 1 },
]

const asPlain = (rows: ReadonlyArray<ReadingRow>) =>
  rows.map((one) => ({ ...one, data: one.data === null ? null : [...one.data] }))

describe("a Parquet file of rows", () => {
  it("gives back what was written, value for value", async () => {
    expect(asPlain(await rowsOfParquet(parquetOf(odd, {})))).toEqual(asPlain(odd))
  })

  it("has the same bytes for the same rows", () => {
    expect(Buffer.compare(parquetOf(odd, { a: "b" }), parquetOf(odd, { a: "b" }))).toBe(0)
  })

  it("over several groups of rows, and where all values of a column are null", async () => {
    const many = Array.from(
      { length: 1_000 },
      (_, position): ReadingRow => ({ ...row, position, value: null, text: null }),
    )
    const found = await rowsOfParquet(parquetOf(many, {}, 300))
    expect(found).toHaveLength(many.length)
    expect(found.at(-1)).toEqual(many.at(-1))
  })

  it("is refused where it is none, or has other columns", async () => {
    await expect(rowsOfParquet(Buffer.from("junk that is long enough"))).rejects.toThrow()
    await expect(rowsOfParquet(new Uint8Array(0))).rejects.toThrow()
  })
})

describe("the place of a row", () => {
  const pathOf = (zone: string | null, ingestedAt = Date.UTC(2026, 10, 28, 23, 59, 59, 999)): string =>
    rowsPath({ ...row, zone, ingestedAt }, 3, { from: 5, to: 9 })

  it("follows from the day on which it came in, in UTC, and from its zone", () => {
    expect(pathOf("press")).toBe("readings/day=2026-11-28/zone_id=press/p003-5-9.parquet")
    expect(pathOf(null)).toBe("readings/day=2026-11-28/zone_id=__HIVE_DEFAULT_PARTITION__/p003-5-9.parquet")
  })

  it.each(["../../etc", "a/b", "a b", "..", "ü", "%2e", "a\u0000b", "__HIVE_DEFAULT_PARTITION__x="])(
    "of the zone %j leads nowhere else",
    (zone) => {
      const [, , directory, file] = pathOf(zone).split("/")
      expect(directory).toMatch(/^zone_id=[A-Za-z0-9_%-]+$/)
      expect(file).toBe("p003-5-9.parquet")
    },
  )

  it("of two zones with different names differs", () => {
    expect(new Set(["a b", "a%20b", "a_b", "A b"].map((zone) => pathOf(zone))).size).toBe(4)
  })
})
