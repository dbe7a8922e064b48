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
export type Snapshot = ReadonlyMap<string, number>

export interface Phase {
  readonly minutes: number
  /** What is there at its beginning; what it grows to, evenly, or stays. */
  readonly from: Snapshot
  readonly to?: Snapshot
}

/** The series of one process, with the labels that a scrape adds; nothing of it where it did not answer. */
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

export const joined = (all: ReadonlyArray<Snapshot>): Snapshot => new Map(all.flatMap((one) => [...one]))

/** `minutes` samples of a series. */
const samples = (series: string, { from, to, minutes }: Phase): string => {
  const first = from.get(series)
  const last = (to ?? from).get(series)
  if (first === undefined || last === undefined) return `_x${minutes}`
  const step = (last - first) / minutes
  // A counter that began anew did not grow evenly: it stays as it was.
  if (step <= 0 || minutes === 1) return `${first}x${minutes - 1}`
  return `${first}+${step}x${minutes - 1}`
}

export interface Fired {
  readonly before: boolean
  readonly during: boolean
  readonly after: boolean
}

const problemOf = (
  alert: string,
  phases: ReadonlyArray<Phase>,
  from: number,
  to: number,
  expected: 0 | 1,
): string | null => {
  const all = new Set(phases.flatMap((phase) => [...phase.from.keys(), ...(phase.to?.keys() ?? [])]))
  const { path, names } = rulesOf(alert)
  const series = [...all].filter((one) => names.has(one.slice(0, one.indexOf("{"))))
  const count = `max_over_time(((count(ALERTS{alertname="${alert}",alertstate="firing"}) > bool 0) or vector(0))[${to - from}m:1m])`
  const test = {
    rule_files: [path],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: series.map((name) => ({
          series: name,
          values: phases.map((phase) => samples(name, phase)).join(" "),
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
 * @throws Error with what promtool says where it answers neither way
 */
export const firesIn = (alert: string, before: Phase, during: ReadonlyArray<Phase>, after: Phase): Fired => {
  const phases = [before, ...during, after]
  const until = before.minutes + during.reduce((sum, { minutes }) => sum + minutes, 0)
  const fires = (from: number, to: number): boolean => {
    if (problemOf(alert, phases, from, to, 1) === null) return true
    const problem = problemOf(alert, phases, from, to, 0)
    if (problem === null) return false
    throw new Error(problem)
  }
  return {
    before: fires(before.minutes - 1, before.minutes),
    during: fires(before.minutes, until),
    after: fires(until + after.minutes - 1, until + after.minutes),
  }
}
