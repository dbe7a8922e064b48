import { expect, it } from "vitest"
import { Panels, renderPanels } from "../../src/backtest/plot.ts"
import type { Pack } from "../../src/backtest/read/packs.ts"
import type { Outcome } from "../../src/own-time/node.ts"

const outcome = (at: number, device: string, values: Pack["values"], what = "verified"): Outcome<Pack> =>
  ({
    tag: { at, device, values, label: null, line: 1 },
    decided: { decision: { outcome: what, reasons: [], trust: "trusted" } },
    trustAfter: "trusted",
    moves: [],
  }) as unknown as Outcome<Pack>

it("draws a panel for each measurement, the worst first, and escapes what devices are called", () => {
  const panels = new Panels({ first: 0, last: 1_000 })
  for (let at = 0; at <= 1_000; at += 10) panels.add(outcome(at, "good", [{ name: "x", value: at % 70 }]))
  panels.add(outcome(500, "<bad>", [{ name: "x", value: 1 }], "quarantined"), true)
  const svg = renderPanels(panels, "a & b")
  expect(svg).toContain("a &amp; b")
  expect(svg.indexOf("&lt;bad&gt; x")).toBeGreaterThan(0)
  expect(svg.indexOf("&lt;bad&gt; x")).toBeLessThan(svg.indexOf("good x"))
  expect(svg).toContain("(101 verified)")
  expect(svg).toContain("(0 verified, 1 quarantined or rejected)")
})

it("stays small whatever is drawn", () => {
  const panels = new Panels({ first: 0, last: 100_000 })
  for (let device = 0; device < 600; device++)
    for (let at = 0; at <= 100_000; at += 20_000)
      panels.add(outcome(at, `d${device}`, [{ name: "x", value: Math.sin(at) }]))
  const svg = renderPanels(panels, "many")
  expect(svg.match(/ x {2}\(/g)).toHaveLength(24)
  expect(svg).toContain("576 more measurements are not drawn")
  expect(svg.length).toBeLessThan(100_000)
})

it("draws one instant and one value as well", () => {
  const panels = new Panels({ first: 5, last: 5 })
  panels.add(outcome(5, "d", [{ name: "x", value: 7 }]))
  expect(renderPanels(panels, "one")).not.toContain("NaN")
})
