/**
 * Readings as SVG, one panel for each device and measurement, with marks by outcome. What is kept is bounded: each panel
 * keeps, for each of a fixed number of spans of time, the least and the greatest value and the worst that happened.
 */
import type { Outcome as Judged } from "../own-time/node.ts"
import type { Pack } from "./read/packs.ts"

const SPANS = 600
/** Panels that are kept, and that are drawn: those with the worst marks. */
const MOST_KEPT = 500
const MOST_DRAWN = 24

/** From the least to the worst; the place is what is kept of a span. */
const MARKS = [
  { name: "verified", colour: "#009e73" },
  { name: "learned", colour: "#999999" },
  { name: "annotated", colour: "#e69f00" },
  { name: "watched", colour: "#cc79a7" },
  { name: "quarantined or rejected", colour: "#d55e00" },
] as const

export type Mark = (typeof MARKS)[number]["name"]

const markOf = ({ decided: { decision }, trustAfter }: Judged<Pack>): number => {
  if (decision.outcome === "quarantined" || decision.outcome === "rejected" || decision.outcome === "undecided")
    return 4
  if (decision.outcome === "verified") return 0
  if (decision.trust === "watched" || trustAfter === "watched") return 3
  return decision.trust === "learning" && decision.reasons.length === 1 ? 1 : 2
}

class Panel {
  readonly title: string
  readonly low = new Float64Array(SPANS).fill(Number.POSITIVE_INFINITY)
  readonly high = new Float64Array(SPANS).fill(Number.NEGATIVE_INFINITY)
  readonly marks = new Uint8Array(SPANS)
  /** Spans called anomalous by the file. */
  readonly labelled = new Uint8Array(SPANS)
  /** Messages by mark. */
  readonly counts = MARKS.map(() => 0)

  constructor(title: string) {
    this.title = title
  }

  get badness(): number {
    return this.counts.reduce((sum, count, mark) => sum + count * 10 ** (2 * mark - 4), 0)
  }
}

export class Panels {
  readonly first: number
  readonly last: number
  /** Measurements that found no panel. */
  left = 0
  private readonly byName = new Map<string, Panel>()
  private readonly refused = new Set<string>()

  /** What the file spans, milliseconds since 1970. */
  constructor({ first, last }: { readonly first: number; readonly last: number }) {
    this.first = first
    this.last = Math.max(last, first + 1)
  }

  add(outcome: Judged<Pack>, isAnomalous = false): void {
    const { at, device, values } = outcome.tag
    this.draw(at, device, values, MARKS[markOf(outcome)]!.name, isAnomalous)
  }

  /** @param at milliseconds since 1970, within what the file spans */
  draw(at: number, device: string, values: Pack["values"], what: Mark, isAnomalous: boolean): void {
    const span = Math.min(SPANS - 1, Math.floor(((at - this.first) / (this.last - this.first)) * SPANS))
    const mark = MARKS.findIndex(({ name }) => name === what)
    for (const { name, value } of values) {
      if (typeof value === "string") continue
      const panel = this.panel(`${device} ${name}`.trim())
      if (panel === null) continue
      const number = Number(value)
      panel.low[span] = Math.min(panel.low[span]!, number)
      panel.high[span] = Math.max(panel.high[span]!, number)
      panel.marks[span] = Math.max(panel.marks[span]!, mark)
      panel.counts[mark]!++
      if (isAnomalous) panel.labelled[span] = 1
    }
  }

  /** The worst first, at most so many as are drawn. */
  drawn(): ReadonlyArray<Panel> {
    return [...this.byName.values()].toSorted((a, b) => b.badness - a.badness).slice(0, MOST_DRAWN)
  }

  get count(): number {
    return this.byName.size + this.left
  }

  private panel(name: string): Panel | null {
    const known = this.byName.get(name)
    if (known !== undefined) return known
    if (this.byName.size === MOST_KEPT) {
      if (!this.refused.has(name) && this.refused.size < MOST_KEPT) {
        this.refused.add(name)
        this.left++
      }
      return null
    }
    const fresh = new Panel(name)
    this.byName.set(name, fresh)
    return fresh
  }
}

const WIDTH = 900
const LEFT = 80
const RIGHT = 880
const PANEL = 130
const TOP = 64
const PLOT = 80

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
const round = (value: number): number => Math.round(value * 10) / 10
const shown = (value: number): string => String(Number(value.toPrecision(4)))
const text = (x: number, y: number, content: string, more = ""): string =>
  `<text x="${x}" y="${y}"${more}>${escaped(content)}</text>`
const xOf = (span: number): number => round(LEFT + ((span + 0.5) / SPANS) * (RIGHT - LEFT))

export const renderPanels = (panels: Panels, title: string): string => {
  const drawn = panels.drawn()
  const height = TOP + drawn.length * PANEL + 30
  const hidden = panels.count - drawn.length
  const from = new Date(panels.first).toISOString()
  const to = new Date(panels.last).toISOString()
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(LEFT, 22, title, ' font-size="15" font-weight="bold"'),
    text(LEFT, 38, `${from} to ${to}${hidden > 0 ? `; ${hidden} more measurements are not drawn` : ""}`),
    ...MARKS.flatMap(({ name, colour }, nth) => [
      `<rect x="${LEFT + nth * 130}" y="46" width="10" height="10" fill="${colour}"/>`,
      text(LEFT + 14 + nth * 130, 55, name),
    ]),
    ...drawn.flatMap((panel, nth) => panelOf(panel, TOP + nth * PANEL)),
    "</svg>\n",
  ].join("\n")
}

const panelOf = ({ title, low, high, marks, labelled, counts }: Panel, top: number): ReadonlyArray<string> => {
  const least = low.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = high.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const base = top + 20 + PLOT
  const yOf = (value: number): number =>
    round(most === least ? base - PLOT / 2 : base - ((value - least) / (most - least)) * PLOT)
  const bars = MARKS.map(() => "")
  let line = ""
  let shade = ""
  for (let span = 0; span < SPANS; span++) {
    if (labelled[span] === 1) shade += `M${xOf(span)} ${top + 20}V${base}`
    if (low[span]! > high[span]!) continue
    line += `${line === "" ? "M" : "L"}${xOf(span)} ${yOf(low[span]!)}${low[span] === high[span] ? "" : `V${yOf(high[span]!)}`}`
    bars[marks[span]!] += `M${xOf(span)} ${base + 3}v7`
  }
  const unverified = MARKS.map(({ name }, mark) => (mark === 0 || counts[mark] === 0 ? "" : `${counts[mark]} ${name}`))
  return [
    text(
      LEFT,
      top + 14,
      `${title}  (${[`${counts[0]} verified`, ...unverified.filter((part) => part !== "")].join(", ")})`,
    ),
    `<rect x="${LEFT}" y="${top + 20}" width="${RIGHT - LEFT}" height="${PLOT}" fill="none" stroke="#ddd"/>`,
    ...(shade === "" ? [] : [`<path stroke="#f3d9d9" stroke-width="1.4" d="${shade}"/>`]),
    `<path fill="none" stroke="#0072b2" d="${line}"/>`,
    ...bars.flatMap((path, mark) =>
      path === "" ? [] : [`<path stroke="${MARKS[mark]!.colour}" stroke-width="1.4" d="${path}"/>`],
    ),
    text(LEFT - 6, top + 28, shown(most), ' text-anchor="end"'),
    text(LEFT - 6, base, shown(least), ' text-anchor="end"'),
  ]
}
