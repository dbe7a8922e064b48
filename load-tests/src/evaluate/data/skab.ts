/**
 * The Skoltech Anomaly Benchmark (waico/SKAB): a water circuit, eight measurements once a second, and a label for each
 * row. Only the groups that are there are read; the series without anomalies is read apart.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Row, type Series, timeOf, type Window } from "./series.ts"

const LABELS = new Set(["anomaly", "changepoint"])
const ANOMALY_FREE = "anomaly-free"

/** Null where it is not there. `free` has no anomaly in it. */
export const readSkab = (
  dir: string,
): { readonly labelled: ReadonlyArray<Series>; readonly free: ReadonlyArray<Series> } | null => {
  if (!existsSync(dir)) return null
  const groups = readdirSync(dir).sort()
  const read = (wanted: (group: string) => boolean): ReadonlyArray<Series> =>
    groups.filter(wanted).flatMap((group) =>
      readdirSync(join(dir, group))
        .filter((file) => file.endsWith(".csv"))
        .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
        .map((file) => parse(`${group}/${file}`, readFileSync(join(dir, group, file), "utf8"))),
    )
  return { labelled: read((group) => group !== ANOMALY_FREE), free: read((group) => group === ANOMALY_FREE) }
}

const parse = (name: string, text: string): Series => {
  const [head, ...lines] = text.trim().split("\n")
  const columns = head!.trim().split(";")
  const label = columns.indexOf("anomaly")
  const rows: Array<Row> = []
  const windows: Array<Window> = []
  lines.forEach((line, index) => {
    const cells = line.trim().split(";")
    const pack: Record<string, number> = {}
    for (let column = 1; column < columns.length; column++)
      if (!LABELS.has(columns[column]!)) pack[columns[column]!.replaceAll(" ", "_")] = Number(cells[column])
    rows.push({ at: timeOf(cells[0]!), pack })
    if (label < 0 || Number(cells[label]) === 0) return
    const open = windows.at(-1)
    if (open?.to === index - 1) windows[windows.length - 1] = { from: open.from, to: index }
    else windows.push({ from: index, to: index })
  })
  return { name, rows, windows }
}
