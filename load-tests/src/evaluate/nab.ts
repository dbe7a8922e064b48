/** The figures of the Numenta Anomaly Benchmark, causal, nobody releasing. */
import { daysOf, type Series } from "./data/series.ts"
import { crossValidated } from "./folds.ts"
import type { JudgeSeries } from "./judge-series.ts"
import type { Judged } from "./judged.ts"
import { fallsOf, repeatedOnsetsOf } from "./score/alarms.ts"
import { eventF1, eventsOf, sumOf } from "./score/events.ts"
import { type Labelled, nabScore, PROFILES } from "./score/nab.ts"

export const FOLDS = 5

export interface NabFile {
  readonly name: string
  readonly days: number
  readonly isFree: boolean
  /** By alarms: the first, and one that goes on each 150 messages again. */
  readonly alarms: Labelled
  /** By the moments at which the device becomes watched or quarantined. */
  readonly falls: Labelled
  readonly quarantines: number
}

export interface NabFigures {
  readonly files: number
  readonly days: number
  readonly windows: number
  readonly found: number
  readonly standard: number | null
  readonly lowFalsePositive: number | null
  readonly lowFalseNegative: number | null
  readonly byTransitions: number | null
  readonly eventF1: number | null
  readonly eventF1ByTransitions: number | null
  readonly falsePerDay: number
  /** On the series in which there is nothing to find. */
  readonly falsePerDayFree: number | null
  /** Of the windows found, the median share of the window that had passed. */
  readonly medianDelay: number | null
  readonly quarantinesPerDay: number
}

export interface NabReport {
  readonly all: NabFigures
  readonly families: Readonly<Record<string, NabFigures>>
  /** The standard score over files that nothing was fitted on. */
  readonly crossValidated: { readonly mean: number | null; readonly folds: ReadonlyArray<number | null> }
  /** By fold, which candidate was chosen; empty where nothing is fitted. */
  readonly chosen: ReadonlyArray<string>
  readonly byFile: ReadonlyArray<NabFile>
}

const quarantinesOf = (judged: ReadonlyArray<Judged>): number =>
  judged.filter(({ trust }, index) => trust === "quarantined" && judged[index - 1]?.trust !== "quarantined").length

const fileOf = (series: Series, judged: ReadonlyArray<Judged>): NabFile => {
  const labelled = (detections: ReadonlyArray<number>): Labelled => ({
    rows: series.rows.length,
    windows: series.windows,
    detections,
  })
  return {
    name: series.name,
    days: daysOf(series),
    isFree: series.windows.length === 0,
    alarms: labelled(repeatedOnsetsOf(judged.map(({ alarms }) => alarms.length > 0))),
    falls: labelled(fallsOf(judged)),
    quarantines: quarantinesOf(judged),
  }
}

const total = (files: ReadonlyArray<NabFile>, of: (file: NabFile) => number): number =>
  files.reduce((sum, file) => sum + of(file), 0)

export const medianOf = (values: ReadonlyArray<number>): number | null =>
  values.length === 0 ? null : values.toSorted((a, b) => a - b)[values.length >> 1]!

export const figuresOf = (files: ReadonlyArray<NabFile>): NabFigures => {
  const alarms = files.map((file) => file.alarms)
  const falls = files.map((file) => file.falls)
  const events = sumOf(alarms.map(eventsOf))
  const days = total(files, (file) => file.days)
  const free = files.filter(({ isFree }) => isFree)
  const freeDays = total(free, (file) => file.days)
  return {
    files: files.length,
    days,
    windows: events.windows,
    found: events.found,
    standard: nabScore(alarms),
    lowFalsePositive: nabScore(alarms, PROFILES.lowFalsePositive),
    lowFalseNegative: nabScore(alarms, PROFILES.lowFalseNegative),
    byTransitions: nabScore(falls),
    eventF1: eventF1(events),
    eventF1ByTransitions: eventF1(sumOf(falls.map(eventsOf))),
    falsePerDay: days === 0 ? 0 : events.false / days,
    falsePerDayFree: freeDays === 0 ? null : sumOf(free.map((file) => eventsOf(file.alarms))).false / freeDays,
    medianDelay: medianOf(events.delays),
    quarantinesPerDay: days === 0 ? 0 : total(files, (file) => file.quarantines) / days,
  }
}

/** @param candidates the judges to choose among, by name; one where nothing is fitted. Figures are those of the first */
export const measureNab = async (
  all: ReadonlyArray<Series>,
  candidates: ReadonlyArray<{ readonly name: string; readonly judge: JudgeSeries }>,
  onProgress: (line: string) => void,
): Promise<NabReport> => {
  const tried: Array<ReadonlyArray<NabFile>> = []
  for (const { name, judge } of candidates) {
    const files: Array<NabFile> = []
    for (const series of all) {
      onProgress(`NAB ${name}: ${files.length + 1} of ${all.length}, ${series.name}`)
      files.push(fileOf(series, await judge(series)))
    }
    tried.push(files)
  }
  const files = tried[0]!
  const families = Object.groupBy(files, ({ name }) => name.split("/")[0]!)
  const { mean, folds, chosen } = crossValidated(tried, FOLDS, (some) => nabScore(some.map(({ alarms }) => alarms)))
  return {
    all: figuresOf(files),
    families: Object.fromEntries(Object.entries(families).map(([name, some]) => [name, figuresOf(some!)])),
    crossValidated: { mean, folds },
    chosen: candidates.length < 2 ? [] : chosen.map((index) => candidates[index]!.name),
    byFile: files,
  }
}
