/** The figures of the Skoltech Anomaly Benchmark, causal, nobody releasing: each row is called anomalous, or not. */
import { daysOf, type Series } from "./data/series.ts"
import type { JudgeSeries } from "./judge-series.ts"
import type { Judged } from "./judged.ts"
import { isSuspect, repeatedOnsetsOf } from "./score/alarms.ts"
import { eventF1, eventsOf, sumOf } from "./score/events.ts"
import { addPoints, falseAlarmRate, missedRate, type Points, pointF1, pointsOf } from "./score/points.ts"

export interface PointFigures {
  readonly f1: number | null
  readonly falseAlarmRate: number | null
  readonly missedRate: number | null
}

export interface SkabReport {
  readonly files: number
  /** A row is called anomalous where a detector alarms. */
  readonly byAlarms: PointFigures
  /** Where the device is watched or quarantined after it. */
  readonly byState: PointFigures
  readonly eventF1: number | null
  readonly found: number
  readonly windows: number
  /** Alarms on the series without anomaly, for each of its hours, and the share of its messages that alarm. */
  readonly free: { readonly alarmsPerHour: number; readonly share: number } | null
}

const figures = (all: ReadonlyArray<Points>): PointFigures => {
  const sum = addPoints(all)
  return { f1: pointF1(sum), falseAlarmRate: falseAlarmRate(sum), missedRate: missedRate(sum) }
}

const alarming = ({ alarms }: Judged): boolean => alarms.length > 0

export const measureSkab = async (
  { labelled, free }: { readonly labelled: ReadonlyArray<Series>; readonly free: ReadonlyArray<Series> },
  judge: JudgeSeries,
  onProgress: (line: string) => void,
): Promise<SkabReport> => {
  const judged: Array<{ readonly series: Series; readonly judged: ReadonlyArray<Judged> }> = []
  for (const series of labelled) {
    onProgress(`SKAB: ${judged.length + 1} of ${labelled.length}, ${series.name}`)
    judged.push({ series, judged: await judge(series) })
  }
  const points = (call: (one: Judged) => boolean): PointFigures =>
    figures(judged.map((one) => pointsOf(one.judged.map(call), one.series.windows)))
  const events = sumOf(
    judged.map((one) =>
      eventsOf({
        rows: one.series.rows.length,
        windows: one.series.windows,
        detections: repeatedOnsetsOf(one.judged.map(alarming)),
      }),
    ),
  )
  return {
    files: labelled.length,
    byAlarms: points(alarming),
    byState: points(isSuspect),
    eventF1: eventF1(events),
    found: events.found,
    windows: events.windows,
    free: free.length === 0 ? null : await onFree(free, judge),
  }
}

const onFree = async (free: ReadonlyArray<Series>, judge: JudgeSeries): Promise<NonNullable<SkabReport["free"]>> => {
  let alarms = 0
  let rows = 0
  let onsets = 0
  for (const series of free) {
    const said = (await judge(series)).map(alarming)
    rows += said.length
    alarms += said.filter(Boolean).length
    onsets += repeatedOnsetsOf(said).length
  }
  return { alarmsPerHour: onsets / (24 * free.reduce((sum, series) => sum + daysOf(series), 0)), share: alarms / rows }
}
