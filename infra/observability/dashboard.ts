/**
 * The Grafana dashboard as code: `node infra/observability/dashboard.ts` writes grafana/dashboards/assay.json from panels.ts.
 * With `--check` it only says whether the file is up to date (exit code 1 where it is not).
 */

import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { EXIT } from "@assay/cli/command"
import { type Command, main } from "../local/command.ts"
import { type PanelSpec, ROWS } from "./panels.ts"

export const DASHBOARD_FILE = fileURLToPath(new URL("grafana/dashboards/assay.json", import.meta.url))

const DATASOURCE = { type: "prometheus", uid: "prometheus" }
/** Grafana's grid is 24 wide. */
const SIZES = { timeseries: { w: 12, h: 8 }, stat: { w: 6, h: 5 } } as const
const WIDTH = 24

const thresholds = (limit: number | undefined) => ({
  mode: "absolute",
  steps: [{ color: "green", value: null }, ...(limit === undefined ? [] : [{ color: "red", value: limit }])],
})

const panel = (spec: PanelSpec, id: number, x: number, y: number) => {
  const type = spec.kind ?? "timeseries"
  return {
    id,
    type,
    title: spec.title,
    description: spec.help,
    datasource: DATASOURCE,
    gridPos: { x, y, ...SIZES[type] },
    fieldConfig: {
      defaults: {
        unit: spec.unit,
        min: 0,
        thresholds: thresholds(spec.limit),
        ...(type === "timeseries" && spec.limit !== undefined ? { custom: { thresholdsStyle: { mode: "line" } } } : {}),
      },
      overrides: [],
    },
    targets: spec.queries.map(({ expr, legend }, nth) => ({
      refId: String.fromCharCode(65 + nth),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      range: true,
    })),
  }
}

const layOut = (): ReadonlyArray<object> => {
  const placed: Array<object> = []
  let id = 1
  let y = 0
  for (const { title, panels } of ROWS) {
    placed.push({
      id: id++,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: WIDTH, h: 1 },
      panels: [],
    })
    let x = 0
    let height = 0
    for (const spec of panels) {
      const { w, h } = SIZES[spec.kind ?? "timeseries"]
      if (x + w > WIDTH) {
        x = 0
        y += height
        height = 0
      }
      placed.push(panel(spec, id++, x, y))
      x += w
      height = Math.max(height, h)
    }
    y += height
  }
  return placed
}

/** The text of the dashboard's file. */
export const dashboard = (): string =>
  `${JSON.stringify(
    {
      uid: "assay",
      title: "Assay",
      tags: ["assay"],
      schemaVersion: 41,
      editable: false,
      refresh: "10s",
      time: { from: "now-1h", to: "now" },
      timezone: "utc",
      graphTooltip: 1,
      templating: { list: [] },
      annotations: { list: [] },
      panels: layOut(),
    },
    null,
    2,
  )}\n`

const command: Command = {
  name: "dashboard",
  summary: "Writes the dashboard of Grafana from panels.ts.",
  options: { check: { type: "boolean", help: "write nothing, and end with 1 where the file is out of date" } },
  async run(given) {
    const isCurrent = readFileSync(DASHBOARD_FILE, "utf8") === dashboard()
    const value = { file: DASHBOARD_FILE, current: isCurrent }
    if (isCurrent) return { value, lines: [] }
    if (given.flag("check"))
      return { value, lines: [`${DASHBOARD_FILE} is out of date: run npm run dashboard`], code: EXIT.failed }
    writeFileSync(DASHBOARD_FILE, dashboard())
    return { value, lines: [`wrote ${DASHBOARD_FILE}`] }
  },
}

if (import.meta.main) await main(command)
