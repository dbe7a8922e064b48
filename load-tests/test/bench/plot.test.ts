import { describe, expect, it } from "vitest"
import { linearTicks, logTicks, renderPlot } from "../../src/bench/plot.ts"

describe("ticks", () => {
  it("are round, and reach over the values", () => {
    expect(linearTicks(8_600)).toEqual([0, 2_000, 4_000, 6_000, 8_000, 10_000])
    expect(linearTicks(1)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
    expect(logTicks(3, 700)).toEqual([1, 10, 100, 1_000])
    expect(logTicks(10, 10)).toEqual([10, 100])
  })
})

describe("renderPlot", () => {
  const plot = {
    title: "a < b & c",
    notes: ["machine", "date"],
    x: "rate",
    y: "ms",
    series: [
      {
        name: "p50",
        points: [
          [100, 5],
          [200, 50],
        ] as const,
      },
      { name: "empty", points: [] },
    ],
    marks: [{ name: "knee", x: 150 }],
    limits: [{ name: "limit", y: 1_000 }],
  }

  it("holds every point, name and note, and nothing that XML would trip over", () => {
    const svg = renderPlot(plot)
    expect(svg).toContain("a &lt; b &amp; c")
    for (const word of ["p50", "empty", "knee", "limit", "machine", "date", "rate", "ms"]) expect(svg).toContain(word)
    expect(svg.match(/<circle /g)).toHaveLength(2)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
    expect(svg.startsWith("<svg ")).toBe(true)
    expect(svg.trimEnd().endsWith("</svg>")).toBe(true)
  })

  it("draws nothing but its frame where there is nothing", () => {
    expect(renderPlot({ ...plot, series: [], marks: [], limits: [] })).not.toMatch(/NaN|Infinity|undefined/)
  })
})
