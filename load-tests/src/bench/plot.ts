/** A plot as SVG: lines over a linear x axis, and y on a logarithmic one or from 0. No program is needed to read it but a browser. */

export interface Series {
  readonly name: string
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
}

export interface Plot {
  readonly title: string
  /** Below the plot, small: the machine, the versions, the date. */
  readonly notes: ReadonlyArray<string>
  readonly x: string
  readonly y: string
  /** Of y: `log` where left out; `linear` begins at 0. */
  readonly scale?: "log" | "linear"
  readonly series: ReadonlyArray<Series>
  /** Vertical lines with a name: the knee, say. */
  readonly marks?: ReadonlyArray<{ readonly name: string; readonly x: number }>
  /** Horizontal ones: a limit. */
  readonly limits?: ReadonlyArray<{ readonly name: string; readonly y: number }>
}

const WIDTH = 860
const HEIGHT = 480
const BOX = { left: 70, top: 46, right: 700, bottom: 390 }
/** Distinguishable without red and green, after Okabe and Ito. */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#999999"]

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** About five round numbers from 0 to at least `max`. */
export const linearTicks = (max: number): ReadonlyArray<number> => {
  const rough = Math.max(max, 1e-9) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!
  const count = Math.ceil(max / step - 1e-9)
  return Array.from({ length: Math.max(1, count) + 1 }, (_, nth) => nth * step)
}

/** Powers of ten around all values. */
export const logTicks = (min: number, max: number): ReadonlyArray<number> => {
  const from = Math.floor(Math.log10(min) + 1e-9)
  const to = Math.max(from + 1, Math.ceil(Math.log10(max) - 1e-9))
  return Array.from({ length: to - from + 1 }, (_, nth) => 10 ** (from + nth))
}

const label = (value: number): string =>
  value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)))

export const renderPlot = (plot: Plot): string => {
  const points = plot.series.flatMap((series) => series.points).filter(([, y]) => y > 0)
  const { marks = [], limits = [], scale = "log" } = plot
  const xs = linearTicks(Math.max(1, ...points.map(([x]) => x), ...marks.map(({ x }) => x)))
  const most = Math.max(...points.map(([, y]) => y), ...limits.map(({ y }) => y), 1)
  const least = Math.min(...points.map(([, y]) => y), ...limits.map(({ y }) => y), 1_000)
  const ys = scale === "log" ? logTicks(least, most) : linearTicks(most)
  const round = (value: number): number => Math.round(value * 10) / 10
  const px = (x: number): number => round(BOX.left + (x / xs.at(-1)!) * (BOX.right - BOX.left))
  const on = (y: number): number => (scale === "log" ? Math.log10(y) : y)
  const [low, high] = [on(ys[0]!), on(ys.at(-1)!)]
  const py = (y: number): number => round(BOX.bottom - ((on(y) - low) / (high - low)) * (BOX.bottom - BOX.top))
  const text = (x: number, y: number, content: string, more = ""): string =>
    `<text x="${x}" y="${y}"${more}>${escaped(content)}</text>`
  const grid = [
    ...xs.map((x) => `<path class="g" d="M${px(x)} ${BOX.top}V${BOX.bottom}"/>`),
    ...ys.map((y) => `<path class="g" d="M${BOX.left} ${py(y)}H${BOX.right}"/>`),
  ]
  const ticks = [
    ...xs.map((x) => text(px(x), BOX.bottom + 18, label(x), ' text-anchor="middle"')),
    ...ys.map((y) => text(BOX.left - 8, py(y) + 4, label(y), ' text-anchor="end"')),
  ]
  const lines = plot.series.flatMap(({ name, points: own }, nth) => {
    const colour = COLOURS[nth % COLOURS.length]!
    const shown = own.filter(([, y]) => y > 0)
    const path = shown.map(([x, y], at) => `${at === 0 ? "M" : "L"}${px(x)} ${py(y)}`).join("")
    const y = BOX.top + 10 + nth * 20
    return [
      ...(path === "" ? [] : [`<path fill="none" stroke="${colour}" stroke-width="2" d="${path}"/>`]),
      ...shown.map(([x, value]) => `<circle cx="${px(x)}" cy="${py(value)}" r="3" fill="${colour}"/>`),
      `<path stroke="${colour}" stroke-width="2" d="M${BOX.right + 14} ${y - 4}h18"/>`,
      text(BOX.right + 38, y, name),
    ]
  })
  const dashed = [
    ...marks.flatMap(({ name, x }, nth) => [
      `<path class="d" d="M${px(x)} ${BOX.top}V${BOX.bottom}"/>`,
      text(px(x) + 4, BOX.top + 12 + nth * 14, name),
    ]),
    ...limits.flatMap(({ name, y }) => [
      `<path class="d" d="M${BOX.left} ${py(y)}H${BOX.right}"/>`,
      text(BOX.right - 4, py(y) - 4, name, ' text-anchor="end"'),
    ]),
  ]
  const height = HEIGHT + Math.max(0, plot.notes.length - 2) * 14
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(plot.title)}</title>`,
    "<style>.g{stroke:#ddd}.d{stroke:#555;stroke-dasharray:4 3}</style>",
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(BOX.left, 26, plot.title, ' font-size="16" font-weight="bold"'),
    ...grid,
    ...ticks,
    text((BOX.left + BOX.right) / 2, BOX.bottom + 38, plot.x, ' text-anchor="middle"'),
    text(
      16,
      (BOX.top + BOX.bottom) / 2,
      plot.y,
      ` transform="rotate(-90 16 ${(BOX.top + BOX.bottom) / 2})" text-anchor="middle"`,
    ),
    ...dashed,
    ...lines,
    ...plot.notes.map((note, nth) => text(BOX.left, BOX.bottom + 60 + nth * 14, note, ' font-size="10" fill="#555"')),
    "</svg>\n",
  ].join("\n")
}
