/** What a soak run came to: as JSON, as plots, and for people. It is written again and again while the run goes on. */
import { join } from "node:path"
import { type Output, table } from "@assay/cli/output"
import { renderPlot } from "../bench/plot.ts"
import type { RoundResult } from "../faults/rounds.ts"
import { type Machine, machineLine } from "../machine.ts"
import { jsonOf, writeText } from "../own-directory.ts"
import type { Flat } from "./flat.ts"

/** A piece of the run. */
export interface Piece {
  /** At its end, from the beginning of the load. */
  readonly second: number
  readonly decisions: number
  /** Milliseconds from being submitted to being decided. */
  readonly p50: number
  readonly p99: number
  /** Bytes of the process that no fault hits: what it holds after a collection (null: it did not answer in time), and what is resident. */
  readonly alive: number | null
  readonly resident: number
  /** Of the machine, in the last minute: what else it had to do. */
  readonly load: number
}

export interface SoakReport {
  /** `running`: written while it goes on, so nothing was verified yet. `stopped`: by a signal, before its time. */
  readonly state: "running" | "ended" | "stopped"
  readonly perSecond: number
  /** Null: the rate was given. */
  readonly knee: number | null
  readonly devices: number
  /** Asked for. */
  readonly minutes: number
  /** From one fault to the next. */
  readonly every: number
  /** So far. */
  readonly seconds: number
  readonly pieceSeconds: number
  readonly pieces: ReadonlyArray<Piece>
  readonly rounds: ReadonlyArray<RoundResult>
  readonly memory: Flat
  readonly latency: Flat
  readonly acknowledged: number
  readonly decided: number
  readonly unanswered: number
  /** Decided, and never acknowledged: answers that a fault took. Null before the end. */
  readonly unknown: number | null
  readonly unproven: number | null
  readonly starts: number
  /** What the verification of the sealed log said; null before the end. */
  readonly sealed: string | null
  readonly failures: ReadonlyArray<string>
}

const MIB = 1 << 20
const SHOWN = 24

/** @param dir gets soak.json, soak-memory.svg and soak-latency.svg */
export const writeReport = (dir: string, machine: Machine, report: SoakReport): void => {
  writeText(join(dir, "soak.json"), jsonOf({ machine, ...report }))
  const { pieces, rounds, perSecond, every } = report
  const notes = [
    `${perSecond} messages a second, ${rounds.length} rounds of faults, one each ${every} s, ${(report.seconds / 60).toFixed(0)} of ${report.minutes} minutes`,
    machineLine(machine),
  ]
  const line = (name: string, of: (piece: Piece) => number) => ({
    name,
    points: pieces.map((piece) => [piece.second / 60, of(piece)] as const),
  })
  const plots = {
    memory: {
      ...{ title: "Memory of the process that no fault hits", x: "minutes", y: "MiB", scale: "linear" as const },
      series: [
        line("after a collection", ({ alive }) => (alive ?? 0) / MIB),
        line("resident", ({ resident }) => resident / MIB),
      ],
    },
    latency: {
      ...{ title: "From being submitted to being decided, with faults", x: "minutes", y: "ms" },
      series: [line("p50", ({ p50 }) => p50), line("p99", ({ p99 }) => p99)],
    },
  }
  for (const [name, plot] of Object.entries(plots))
    writeText(join(dir, `soak-${name}.svg`), renderPlot({ ...plot, notes }))
}

export const showReport = (machine: Machine, report: SoakReport, output: Output): void => {
  const { pieces, rounds, memory, latency, knee } = report
  const each = Math.max(1, Math.ceil(pieces.length / SHOWN))
  const rows = pieces
    .filter((_, nth) => nth % each === 0)
    .map((one) => [
      ...[one.second, one.decisions, one.p50.toFixed(0), one.p99.toFixed(0)].map(String),
      ...[
        one.alive === null ? "-" : (one.alive / MIB).toFixed(0),
        (one.resident / MIB).toFixed(0),
        one.load.toFixed(1),
      ],
    ])
  const right = [0, 1, 2, 3, 4, 5, 6]
  output.say(`${machineLine(machine)}\n`)
  output.say(
    table(
      ["second", `decisions in ${report.pieceSeconds} s`, "p50 ms", "p99 ms", "MiB alive", "resident", "load"],
      rows,
      right,
    ),
  )
  const slowest = Math.max(0, ...rounds.flatMap(({ faults }) => faults.map(({ recoveredMs }) => recoveredMs ?? 0)))
  const ofKnee = knee === null ? "" : `, of a knee of ${knee.toFixed(0)}`
  const early = report.state === "stopped" ? ` of ${report.minutes}: stopped by a signal` : ""
  const trend = ({ earlier, later }: Flat, unit: number): string =>
    `${(earlier / unit).toFixed(0)} -> ${(later / unit).toFixed(0)}`
  output.say(
    [
      "",
      `${report.perSecond} messages a second${ofKnee}, ${(report.seconds / 60).toFixed(0)} minutes${early}, ${rounds.length} rounds of faults, the slowest over after ${(slowest / 1e3).toFixed(1)} s`,
      `${report.acknowledged} acknowledged, ${report.decided} decided, ${report.unanswered} without an answer (${report.unknown} of them decided)`,
      `memory after a collection ${trend(memory, MIB)} MiB, median latency ${trend(latency, 1)} ms (second third -> last)`,
      `sealed: ${report.sealed}`,
      ...(report.failures.length === 0
        ? ["Everything that must hold does."]
        : report.failures.map((one) => `failure: ${one}`)),
    ].join("\n"),
  )
}
