/** What a run leaves behind: JSON for programs, a table for people, a plot. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { table } from "@assay/cli/output"
import { type Machine, machineLine } from "../machine.ts"
import { totalOf } from "./cpu.ts"
import { LIMITS, type Limits, type RateResult, type Sweep } from "./knee.ts"
import { type Plot, renderPlot } from "./plot.ts"

export interface NamedSweep {
  readonly name: string
  readonly sweep: Sweep
}

const ms = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1))

const rowOf = ({
  offered,
  decided,
  p50,
  p90,
  p99,
  p999,
  max,
  backlogEnd,
  finished,
  cores,
}: RateResult): Array<string> => [
  offered.toFixed(0),
  decided.toFixed(0),
  ...[p50, p90, p99, p999, max].map(ms),
  String(backlogEnd),
  (totalOf(cores) - (cores["broker"] ?? 0)).toFixed(2),
  cores["broker"] == null ? "-" : cores["broker"].toFixed(2),
  finished ? "" : "not all decided",
]

/** Latencies in milliseconds by rate. */
export const sweepTable = ({ rates }: Sweep): string =>
  table(
    ["offered/s", "decided/s", "p50", "p90", "p99", "p99.9", "max", "backlog", "cores Node", "cores broker", ""],
    rates.map(rowOf),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )

export const kneeLine = ({ knee, bounded }: Sweep): string => {
  if (knee === null) return "no knee: not even the lowest rate was sustained"
  return bounded ? `knee: ${knee.toFixed(0)} messages/s` : `no knee up to ${knee.toFixed(0)} messages/s`
}

export const latencyPlot = (
  title: string,
  sweeps: ReadonlyArray<NamedSweep>,
  machine: Machine,
  limits: Limits = LIMITS,
): string => {
  const of = (name: string, sweep: Sweep, pick: (rate: RateResult) => number) => ({
    name,
    points: sweep.rates.map((rate) => [rate.offered, pick(rate)] as const),
  })
  const plot: Plot = {
    title,
    notes: [
      machineLine(machine),
      "Open loop: latency counts from the time at which each message was due to its committed decision.",
    ],
    x: "messages per second, offered",
    y: "milliseconds",
    series: sweeps.flatMap(({ name, sweep }) => [
      of(`${name} p50`, sweep, ({ p50 }) => p50),
      of(`${name} p90`, sweep, ({ p90 }) => p90),
      of(`${name} p99`, sweep, ({ p99 }) => p99),
      of(`${name} p99.9`, sweep, ({ p999 }) => p999),
    ]),
    marks: sweeps.flatMap(({ name, sweep }) =>
      sweep.knee === null || !sweep.bounded ? [] : [{ name: `knee ${name}`, x: sweep.knee }],
    ),
    limits: [{ name: "limit of p99", y: limits.p99 }],
  }
  return renderPlot(plot)
}

/** @returns the paths written */
export const writeReport = (
  dir: string,
  name: string,
  report: unknown,
  text: string,
  plot: string | null,
): ReadonlyArray<string> => {
  mkdirSync(dir, { recursive: true })
  const files: ReadonlyArray<readonly [string, string]> = [
    [`${name}.json`, `${JSON.stringify(report, null, 2)}\n`],
    [`${name}.txt`, `${text}\n`],
    ...(plot === null ? [] : ([[`${name}.svg`, plot]] as const)),
  ]
  return files.map(([file, content]) => {
    const path = join(dir, file)
    writeFileSync(path, content)
    return path
  })
}
