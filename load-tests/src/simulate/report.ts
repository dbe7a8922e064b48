/** The simulation's report as Markdown, and its plots. */
import type { Option } from "@assay/cli/command"
import { table } from "@assay/cli/output"
import { renderPlot } from "../bench/plot.ts"
import type { Compared } from "./closed-forms.ts"
import { RESOURCES, type Resource } from "./region.ts"
import type { ScenarioResult, Simulation } from "./scenarios.ts"
import { type Sizing, sizingOf } from "./sizing.ts"

export interface SimulationReport {
  readonly seed: string
  readonly sample: number
  readonly results: ReadonlyArray<Omit<ScenarioResult, "moments">>
  readonly closedForms: ReadonlyArray<Compared>
  /** Null where no measured runs were given. */
  readonly smallRuns: ReadonlyArray<Compared> | null
}

const seconds = (value: number): string =>
  value < 10 ? `${value.toFixed(2)} s` : value < 600 ? `${value.toFixed(0)} s` : `${(value / 60).toFixed(0)} min`

const many = (value: number): string => {
  if (value < 1_000) return value.toFixed(0)
  const power = Math.min(3, Math.floor(Math.log10(value) / 3))
  return `${(value / 1_000 ** power).toPrecision(3)}${["", "k", "M", "G"][power]}`
}

const HEAD = ["", "p50", "p99", "most in the log", "on devices", "oldest waited", "caught up after", "first full"]

const rowOf = (one: ScenarioResult | Omit<ScenarioResult, "moments">): ReadonlyArray<string> => [
  [one.region, one.variant].filter((part) => part !== "").join(": "),
  seconds(one.p50),
  one.stoppedP99 === null ? seconds(one.p99) : `${seconds(one.p99)}; stopped ${seconds(one.stoppedP99)}`,
  many(one.inLog),
  many(one.onDevices),
  seconds(one.lag),
  one.caughtUp === null ? "not within the run" : seconds(one.caughtUp),
  one.first === null ? "nothing" : `${one.first.resource}, second ${one.first.second}`,
]

const peaks = ({ peaks: each }: { readonly peaks: Readonly<Record<Resource, number>> }): string =>
  RESOURCES.map((resource) => `${resource} ${(100 * each[resource]).toFixed(0)} %`).join(", ")

const cells = (row: ReadonlyArray<string>): string => `| ${row.join(" | ")} |`

const compared = (all: ReadonlyArray<Compared>, first: string): ReadonlyArray<string> => [
  cells(["", first, "simulated", "difference"]),
  "|---|--:|--:|--:|",
  ...all.map(({ what, unit, theory, simulated }) =>
    cells([
      what,
      ...[theory, simulated].map((value) => `${value.toPrecision(4)}${unit === "" ? "" : ` ${unit}`}`),
      `${(100 * (simulated / theory - 1)).toFixed(1)} %`,
    ]),
  ),
]

const sizes = ({ world, measured }: Simulation): ReadonlyArray<string> => {
  const rows = Object.entries(world.regions).map(([name, devices]): ReadonlyArray<string> => {
    const sizing: Sizing = sizingOf(world, measured, devices)
    return [
      name,
      many(devices),
      `${many(sizing.messagesPerSecond)}/s`,
      String(sizing.partitions),
      sizing.cores.toFixed(0),
      sizing.brokerCores.toFixed(0),
      `${((sizing.network * 8) / 1e9).toFixed(0)} Gbit/s`,
      `${(sizing.disk / 1e9).toFixed(1)} GB/s`,
    ]
  })
  const head = ["region", "devices", "messages", "partitions", "cores", "broker cores", "network", "disks"]
  return [cells(head), "|---|--:|--:|--:|--:|--:|--:|--:|", ...rows.map(cells)]
}

/** The call that a report came from: what is not said there was as it is by default. */
export const callOf = (
  name: string,
  options: Readonly<Record<string, Option>>,
  text: (option: string) => string,
): string => {
  const said = Object.entries(options)
    .filter(([option, { default: usual = "" }]) => text(option) !== usual)
    .map(([option]) => `--${option} ${/^[\w./:@-]+$/.test(text(option)) ? text(option) : JSON.stringify(text(option))}`)
  return [`npm run ${name}`, ...(said.length === 0 ? [] : ["--", ...said])].join(" ")
}

export const toMarkdown = (simulation: Simulation, report: SimulationReport, command: string): string => {
  const names = [...new Set(report.results.map(({ scenario }) => scenario))]
  const scenario = (name: string): ReadonlyArray<string> => {
    const results = report.results.filter((one) => one.scenario === name)
    const notes = [...new Set(results.flatMap((one) => one.notes.map((note) => `- ${note}`)))]
    return [
      `## ${name}`,
      cells(HEAD),
      "|---|--:|--:|--:|--:|--:|--:|---|",
      ...results.map((one) => cells(rowOf(one))),
      "",
      ...results.map(
        (one) => `Peaks${one.variant === "" ? ` in ${one.region}` : `, ${one.variant}`}: ${peaks(one)}.  `,
      ),
      ...(notes.length === 0 ? [] : ["", ...notes]),
      "",
    ]
  }
  return [
    "<!-- written by the command below -->",
    `Command: \`${command}\`. Seed \`${report.seed}\`, ${report.sample} partitions of a region event by event.`,
    "",
    "## The regions",
    ...sizes(simulation),
    "",
    ...names.flatMap(scenario),
    "## Against theory",
    ...compared(report.closedForms, "theory"),
    "",
    ...(report.smallRuns === null ? [] : ["## Against measured runs", ...compared(report.smallRuns, "measured"), ""]),
  ].join("\n")
}

export const toText = (report: SimulationReport): string => {
  const rows = report.results.map((one) => [one.scenario, ...rowOf(one)])
  const forms = [...report.closedForms, ...(report.smallRuns ?? [])].map(({ what, theory, simulated }) => [
    ...[what, theory.toPrecision(4), simulated.toPrecision(4)],
    `${(100 * (simulated / theory - 1)).toFixed(1)} %`,
  ])
  return [
    table(["scenario", ...HEAD], rows, [2, 3, 4, 5, 6]),
    "",
    ...report.results.flatMap(({ scenario, variant, notes }) =>
      notes.map((note) => `${scenario}${variant === "" ? "" : `, ${variant}`}: ${note}`),
    ),
    "",
    table(["compared", "theory or measured", "simulated", ""], forms, [1, 2, 3]),
  ].join("\n")
}

/** Lag and what waits on devices, by second, of all variants of a scenario. */
export const plotOf = (results: ReadonlyArray<ScenarioResult>): string =>
  renderPlot({
    title: `${results[0]!.scenario}: seconds that the oldest message in the log has waited`,
    notes: results.map(({ variant, region }, nth) => `${nth + 1}: ${region}${variant === "" ? "" : `, ${variant}`}`),
    x: "second",
    y: "seconds",
    series: results.map(({ moments }, nth) => ({
      name: `lag of ${nth + 1}`,
      points: thinned(moments.map(({ second, lag }) => [second, Math.max(0.01, lag)] as const)),
    })),
  })

/** As many points as a plot can show. */
const thinned = <T>(points: ReadonlyArray<T>): ReadonlyArray<T> => {
  const every = Math.max(1, Math.ceil(points.length / 150))
  return points.filter((_, nth) => nth % every === 0)
}
