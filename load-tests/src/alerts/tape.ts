/**
 * Real scrapes, laid out over minutes as Prometheus would have them, and played through the alert rules by promtool. What lasts
 * for a quarter of an hour there need not be waited for here: only what happens in a process happens in real time.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const RULES = fileURLToPath(new URL("../../../infra/observability/prometheus/", import.meta.url))
const FILES = ["alerts.yml", "slo.yml"].map((file) => {
  const path = join(RULES, file)
  const text = readFileSync(path, "utf8")
  return { path, text, names: new Set(text.match(/[a-zA-Z_:][\w:]*/g) ?? []) }
})

/**
 * The file with this alert's rule, and the names in it. A series that none of its rules names, or the rules of another file, would
 * be carried through every minute of the tape for nothing: a day of it takes minutes then.
 */
const rulesOf = (alert: string): (typeof FILES)[number] => {
  const found = FILES.find(({ text }) => new RegExp(`alert: ${alert}$`, "m").test(text))
  if (found === undefined) throw new Error(`no rule is named ${alert}`)
  return found
}

/** Series (name and labels, as promtool reads them) to value. */
export type Values = ReadonlyMap<string, number>

export interface Snapshot {
  /** When it was taken, seconds since 1970. */
  readonly at: number
  readonly values: Values
}

export interface Phase {
  readonly minutes: number
  /** What is there at its beginning; what it grows to, evenly, or stays. */
  readonly from: Snapshot
  readonly to?: Snapshot
  /** Counters grow at the pace between the two snapshots for all of its minutes; else everything by what lies between them. */
  readonly goesOn?: boolean
  /** Between these two moments go on as they do in this phase; else with the time. */
  readonly moments?: readonly [Snapshot, Snapshot]
}

/** Their values are moments, in seconds since 1970: the tape's clock begins at 0, so what counts is how old they are. */
const MOMENTS = /^assay_quality_newest_seconds\{/

/** The series of one process, with the labels that a scrape adds; `up` alone where it did not answer. One that is no target has none. */
export const scrapeOf = (text: string | null, instance: string, service: string): Map<string, number> => {
  const added = `job="assay",instance="${instance}",service="${service}"`
  const found = new Map<string, number>([[`up{${added}}`, text === null ? 0 : 1]])
  for (const line of (text ?? "").split("\n")) {
    const [, name, labels, value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? []
    if (name === undefined || !Number.isFinite(Number(value))) continue
    found.set(`${name}{${labels === undefined || labels === "" ? added : `${labels},${added}`}}`, Number(value))
  }
  return found
}

/** @param at seconds since 1970; now, where left out */
export const joined = (all: ReadonlyArray<Values>, at = Date.now() / 1_000): Snapshot => ({
  at,
  values: new Map(all.flatMap((one) => [...one])),
})

const stepsOf = (first: number, step: number, minutes: number): string =>
  `${first}${step < 0 ? "" : "+"}${step}x${minutes - 1}`

const isThere = (series: string, { from, to = from }: Phase): boolean =>
  from.values.has(series) && to.values.has(series)

/** Prometheus ends a series with the scrape that does not find it, or with its target: it is not looked back for. */
const nothing = (minutes: number, before: boolean): string =>
  !before ? `_x${minutes}` : minutes === 1 ? "stale" : `stale _x${minutes - 1}`

/** A moment is as old in the tape as it was, and grows as fast as it was seen to. */
const momentSamples = (series: string, phase: Phase, startMinute: number): string => {
  const { from, minutes, moments = [from, from] } = phase
  const first = from.values.get(series)!
  const [one, other] = moments
  const grown = (other.values.get(series) ?? first) - (one.values.get(series) ?? first)
  const perMinute = other.at > one.at ? (60 * grown) / (other.at - one.at) : 60
  const thousandth = (value: number): number => Number(value.toFixed(3))
  return stepsOf(thousandth(startMinute * 60 - (from.at - first)), thousandth(perMinute), minutes)
}

const COUNTER = /^\w+_(total|count|sum|bucket)\{/

/** `minutes` samples of a series. @param former the phase before */
const samples = (series: string, phase: Phase, startMinute: number, former: Phase | undefined): string => {
  const { from, minutes, goesOn = false } = phase
  if (!isThere(series, phase)) return nothing(minutes, former !== undefined && isThere(series, former))
  if (MOMENTS.test(series)) return momentSamples(series, phase, startMinute)
  const to = goesOn && !COUNTER.test(series) ? from : (phase.to ?? from)
  const first = from.values.get(series)!
  const last = to.values.get(series)!
  const step = (last - first) / (goesOn && to !== from ? (to.at - from.at) / 60 : minutes)
  // A counter that began anew did not grow evenly: it stays as it was.
  if (step <= 0 || minutes === 1) return `${first}x${minutes - 1}`
  return stepsOf(first, step, minutes)
}

export interface Fired {
  readonly before: boolean
  readonly during: boolean
  readonly after: boolean
}

const A_LONG_TAPE_M = 400

const problemOf = (
  alert: string,
  phases: ReadonlyArray<Phase>,
  from: number,
  to: number,
  expected: 0 | 1,
  about: string,
): string | null => {
  const all = new Set(phases.flatMap(({ from, to }) => [...from.values.keys(), ...(to?.values.keys() ?? [])]))
  const starts = phases.map((_, nth) => phases.slice(0, nth).reduce((sum, { minutes }) => sum + minutes, 0))
  const { path, names } = rulesOf(alert)
  const series = [...all].filter((one) => names.has(one.slice(0, one.indexOf("{"))))
  const count = `max_over_time(((count(ALERTS{alertname="${alert}",alertstate="firing"${about === "" ? "" : `,${about}`}}) > bool 0) or vector(0))[${to - from}m:1m])`
  const minutes = phases.reduce((sum, phase) => sum + phase.minutes, 0)
  const test = {
    rule_files: [path],
    // A day and more, of rules that look at hours: looked at each minute it takes minutes to play.
    evaluation_interval: minutes > A_LONG_TAPE_M ? "5m" : "1m",
    tests: [
      {
        interval: "1m",
        input_series: series.map((name) => ({
          series: name,
          values: phases.map((phase, nth) => samples(name, phase, starts[nth]!, phases[nth - 1])).join(" "),
        })),
        promql_expr_test: [{ expr: count, eval_time: `${to - 1}m`, exp_samples: [{ labels: "{}", value: expected }] }],
      },
    ],
  }
  const dir = mkdtempSync(join(tmpdir(), "assay-alerts-"))
  try {
    // JSON is YAML.
    writeFileSync(join(dir, "test.yml"), JSON.stringify(test))
    const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", join(dir, "test.yml")], {
      encoding: "utf8",
    })
    return status === 0 ? null : `${stdout}${stderr}`
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/**
 * Whether an alert fires in each of three phases: in the first and the last, at the end of it; in the second, at any time.
 * @param about matchers of PromQL for the alert's labels
 * @throws Error with what promtool says where it answers neither way
 */
export const firesIn = (
  alert: string,
  before: Phase,
  during: ReadonlyArray<Phase>,
  after: Phase,
  about = "",
): Fired => {
  const phases = [before, ...during, after]
  const until = before.minutes + during.reduce((sum, { minutes }) => sum + minutes, 0)
  const fires = (from: number, to: number): boolean => {
    if (problemOf(alert, phases, from, to, 1, about) === null) return true
    const problem = problemOf(alert, phases, from, to, 0, about)
    if (problem === null) return false
    throw new Error(problem)
  }
  return {
    before: fires(before.minutes - 1, before.minutes),
    during: fires(before.minutes, until),
    after: fires(until + after.minutes - 1, until + after.minutes),
  }
}
