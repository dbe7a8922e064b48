/** The last stage alone says of a series what the whole pipeline says of it, message by message. */
import { KINDS, randomOf } from "@assay/fleet"
import { DEFAULT_RULES } from "@assay/trust"
import { expect, it } from "vitest"
import { byPipeline } from "../../src/evaluate/by-pipeline.ts"
import type { Row, Series } from "../../src/evaluate/data/series.ts"
import { byStage } from "../../src/evaluate/judge-series.ts"
import { rulesOf } from "../../src/evaluate/rules.ts"
import { freshStage, knowledgeUnder } from "../../src/evaluate/stage-only.ts"

const START = Date.UTC(2026, 0, 5)
const DAY = 86_400_000

/** What a kind says, then a jump, then ten days of silence, then the kind again. */
const seriesOf = (name: string): Series => {
  const kind = KINDS.find((one) => one.name === name)!
  const rows: Array<Row> = []
  for (const { at, values } of kind.emit(randomOf("agreement"), START)) {
    if (rows.length === 300) break
    const factor = rows.length >= 120 && rows.length < 160 ? 50 : 1
    const pack = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value) * factor]))
    rows.push({ at: at + (rows.length >= 250 ? 10 * DAY : 0), pack })
  }
  return { name, rows, windows: [] }
}

it.each(["thermostat", "water-meter"])("%s", async (name) => {
  const series = seriesOf(name)
  const stage = await byStage(freshStage(), knowledgeUnder(null))(series)
  expect(await byPipeline(null)(series)).toEqual(stage)
  expect(new Set(stage.map(({ trust }) => trust)).size).toBeGreaterThan(2)
})

it("under other rules as well", async () => {
  const series = seriesOf("tide")
  const rules = rulesOf("detectors.rangeUnit=0.01,containment.enter=0.6")
  const stage = await byStage(freshStage(), knowledgeUnder(rules))(series)
  expect(await byPipeline(rules)(series)).toEqual(stage)
  expect(stage).not.toEqual(await byStage(freshStage(), knowledgeUnder(DEFAULT_RULES))(series))
})
