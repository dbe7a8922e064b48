/**
 * The Numenta Anomaly Benchmark (numenta/NAB): one measurement a file, and the windows in which its anomalies lie
 * (`labels/combined_windows.json`). Only the families that are there are read.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Series, timeOf } from "./series.ts"

/** @param dir with `windows.json` and a folder for each family. Null where it is not there */
export const readNab = (dir: string): ReadonlyArray<Series> | null => {
  const labels = join(dir, "windows.json")
  if (!existsSync(labels)) return null
  const windows = JSON.parse(readFileSync(labels, "utf8")) as Record<string, ReadonlyArray<readonly [string, string]>>
  return Object.entries(windows)
    .filter(([name]) => existsSync(join(dir, name)))
    .map(([name, spans]) => {
      const rows = readFileSync(join(dir, name), "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => {
          const [time, value] = line.split(",")
          return { at: timeOf(time!), pack: { value: Number(value) } }
        })
      // As NAB does it: the first row that bears the time, since clocks that go back repeat some.
      const indexOf = (text: string): number => {
        const at = timeOf(text)
        const index = rows.findIndex((row) => row.at === at)
        if (index < 0) throw new Error(`${name}: no row has the time of the window's edge ${text}`)
        return index
      }
      return { name, rows, windows: spans.map(([from, to]) => ({ from: indexOf(from), to: indexOf(to) })) }
    })
}
