/** The figures for people. */
import { type Output, table } from "@assay/cli/output"
import type { Seen } from "./attacks.ts"
import { type CostReport, TARGET_V_US } from "./cost.ts"
import type { KindFigures } from "./honest.ts"
import type { NabFigures, NabReport } from "./nab.ts"
import type { SkabReport } from "./skab.ts"

export const figure = (value: number | null, digits: number): string => (value === null ? "-" : value.toFixed(digits))

const NAB_HEAD = [
  "NAB",
  "files",
  "days",
  "found",
  "standard",
  "low FP",
  "by transitions",
  "event F1",
  "false/day",
  "median delay",
  "quarantines/day",
]

const nabRow = (name: string, of: NabFigures): ReadonlyArray<string> => [
  name,
  String(of.files),
  figure(of.days, 0),
  `${of.found}/${of.windows}`,
  figure(of.standard, 1),
  figure(of.lowFalsePositive, 1),
  figure(of.byTransitions, 1),
  figure(of.eventF1, 3),
  figure(of.falsePerDay, 3),
  figure(of.medianDelay, 2),
  figure(of.quarantinesPerDay, 4),
]

export const showNab = ({ all, families, crossValidated, chosen }: NabReport, output: Output): void => {
  const rows = [...Object.entries(families), ["all", all] as const].map(([name, of]) => nabRow(name, of))
  output.say()
  output.say(table(NAB_HEAD, rows, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
  output.say(
    `  standard score, 5-fold by file: ${figure(crossValidated.mean, 1)} (${crossValidated.folds.map((one) => figure(one, 1)).join(", ")})` +
      `${chosen.length === 0 ? "; nothing was fitted" : ""}; on series without anomaly ${figure(all.falsePerDayFree, 3)} false alarms a day`,
  )
  for (const [fold, name] of chosen.entries()) output.say(`  fold ${fold + 1} was measured with ${name}`)
}

export const showSkab = (report: SkabReport, output: Output): void => {
  const rows = [["by alarms", report.byAlarms] as const, ["by trust state", report.byState] as const].map(
    ([name, of]) => [name, figure(of.f1, 3), figure(of.falseAlarmRate, 3), figure(of.missedRate, 3)],
  )
  output.say()
  output.say(table([`SKAB, ${report.files} files`, "F1", "false alarm rate", "missed rate"], rows, [1, 2, 3]))
  output.say(`  ${report.found} of ${report.windows} windows found, event F1 ${figure(report.eventF1, 3)}`)
  if (report.free !== null)
    output.say(
      `  series without anomaly: ${figure(report.free.alarmsPerHour, 2)} alarms an hour, ${figure(100 * report.free.share, 1)} % of its messages alarm`,
    )
}

const HONEST_HEAD = ["honest kind", "device-days", "messages", "unverified", "alarming", "watches", "quarantines", ""]

export const showHonest = (kinds: ReadonlyArray<KindFigures>, output: Output): void => {
  const sum = (of: (one: KindFigures) => number): number => kinds.reduce((total, one) => total + of(one), 0)
  const days = sum(({ deviceDays }) => deviceDays)
  const share = (part: number, all: number): string => `${figure(all === 0 ? 0 : (100 * part) / all, 1)} %`
  const rows = kinds.map(({ kind, deviceDays, messages, unverified, alarming, watches, quarantines, wrong }) => [
    kind,
    figure(deviceDays, 0),
    String(messages),
    share(unverified, messages),
    share(alarming, messages),
    String(watches),
    String(quarantines),
    wrong.length === 0 ? "as it should be" : "WRONG",
  ])
  output.say()
  output.say(table(HONEST_HEAD, rows, [1, 2, 3, 4, 5, 6]))
  const quarantines = sum((one) => one.quarantines)
  output.say(
    `  ${figure(days, 0)} device-days: ${quarantines} quarantines (${(quarantines / days).toExponential(1)} a device-day), ${sum((one) => one.watches)} times watched, ${share(
      sum((one) => one.unverified),
      sum((one) => one.messages),
    )} of ${sum((one) => one.messages)} messages not verified`,
  )
  for (const { kind, wrong } of kinds)
    if (wrong.length > 0) output.say(output.colour(`  wrong: ${kind}: ${wrong.join("; ")}`, "red"))
}

const attemptsText = (attempts: ReadonlyArray<number | null> | undefined): string =>
  attempts === undefined ? "-" : attempts.map((one) => (one === null ? "never" : String(one))).join(", ")

export const showAttacks = (attacks: ReadonlyArray<Seen>, output: Output): void => {
  const onsets = [...new Set(attacks.flatMap(({ attempts }) => Object.keys(attempts).map(Number)))].sort(
    (a, b) => a - b,
  )
  const atOnce = attacks.filter(({ attempts }) => Object.values(attempts).every((all) => all.every((one) => one === 1)))
  const rows = attacks
    .filter((attack) => !atOnce.includes(attack))
    .map(({ title, attempts }) => [title, ...onsets.map((onset) => attemptsText(attempts[onset]))])
  output.say()
  output.say(
    table(
      ["attack: seen at attempt, in two injections", ...onsets.map((onset) => `after ${onset}`)],
      rows,
      onsets.map((_, index) => index + 1),
    ),
  )
  output.say(`  ${atOnce.length} more are seen at their first attempt, whatever came before`)
}

export const showCost = (cost: CostReport, output: Output): void => {
  const { stageUs, vUs, scaledUs, bytesPerMeasurement, bytesPerDevice } = cost
  output.say()
  output.say(
    `the last stage: ${figure(stageUs, 1)} us of CPU for a message with three readings where V costs ${figure(vUs, 0)} us for a signature: ${figure(scaledUs, 1)} where V costs ${TARGET_V_US}`,
  )
  output.say(`  state: ${bytesPerMeasurement} bytes for a measurement, ${bytesPerDevice} for a device besides`)
}
