/** A series of a benchmark as SVG: its values, its windows, and where it was suspected. One panel for each measurement. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Panels, renderPanels } from "@assay/cli/backtest/plot"
import type { JudgeSeries } from "./judge-series.ts"
import { isSuspect } from "./score/alarms.ts"

/** Draws what `judge` says into a file of the series' name, beside passing it on. */
export const drawSeries =
  (judge: JudgeSeries, dir: string): JudgeSeries =>
  async (series) => {
    const judged = await judge(series)
    const { rows, windows, name } = series
    const panels = new Panels({ first: rows[0]?.at ?? 0, last: rows.at(-1)?.at ?? 0 })
    rows.forEach(({ at, pack }, index) => {
      const one = judged[index]!
      const isAnomalous = windows.some(({ from, to }) => index >= from && index <= to)
      const mark = one.outcome === "verified" ? "verified" : isSuspect(one) ? "watched" : "annotated"
      const values = Object.entries(pack).map(([key, value]) => ({ name: key, value }))
      panels.draw(at, "", values, one.outcome === "quarantined" ? "quarantined or rejected" : mark, isAnomalous)
    })
    writeFileSync(join(dir, `${name.replaceAll("/", "-")}.svg`), renderPanels(panels, name))
    return judged
  }
