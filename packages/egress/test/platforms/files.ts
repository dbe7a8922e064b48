/** Rows as an export writes them, for the recipes of the guide. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { ReadingRow } from "@assay/schemas"
import { parquetOf } from "../../src/parquet/file.ts"
import { rowsPath } from "../../src/parquet/layout.ts"
import { readingRows } from "../../src/readings/rows.ts"
import { decidedWith, reading } from "../readings/support.ts"
import { testDir } from "../support.ts"

/** A text of the guide. */
export const recipe = (name: string): string =>
  readFileSync(new URL(`../../../../docs/guides/data-platforms/${name}`, import.meta.url), "utf8")

const decided: ReadonlyArray<ReadingRow> = [
  ...Array.from({ length: 300 }, (_, n) =>
    readingRows(
      decidedWith(n, {}, [
        reading("temperature", { value: n / 8 }),
        reading("mode", { value: null, text: "Lüftung; DROP" }),
      ]),
    ),
  ),
  readingRows(
    decidedWith(400, { outcome: "annotated", kind: "released" }, [reading("door", { value: null, flag: false })]),
  ),
].flat()

/** One of them holds data, one a flag, one was released. */
export const ROWS: ReadonlyArray<ReadingRow> = [
  ...decided,
  { ...decided[0]!, originOffset: 500, value: null, data: Buffer.from([0, 255]) },
]

export const TOTAL = ROWS.reduce((sum, { value }) => sum + (value ?? 0), 0)

/** @returns the directory of an export with these rows, without its manifests */
export const exported = (): string => {
  const root = testDir()
  for (const [path, list] of Map.groupBy(ROWS, (row) => rowsPath(row, 0, { from: 0, to: 9 }))) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), parquetOf(list, { "assay.leaves": "0-9" }))
  }
  return root
}
