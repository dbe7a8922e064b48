/** The result of a backtest for people. */
import { REASONS } from "@assay/trust"
import { type Output, table } from "../output.ts"
import type { BacktestResult } from "./run.ts"
import type { Tally } from "./tally.ts"

const MOST_DEVICES = 40
const REASONS_EACH = 3

const percent = (part: number, all: number): string => `${all === 0 ? "-" : ((100 * part) / all).toFixed(1)} %`

const HEAD = [
  "device",
  "messages",
  "verified",
  "annotated",
  "quarantined",
  "watched",
  "in quarantine",
  "at the end",
  "mostly for",
]

export const showBacktest = (tally: Tally, { rows, bad, withoutZone }: BacktestResult, output: Output): void => {
  const devices = tally.devices()
  const shown = devices.slice(0, MOST_DEVICES).map((one) => [
    one.device,
    String(one.messages),
    percent(one.outcomes.verified, one.messages),
    percent(one.outcomes.annotated, one.messages),
    percent(one.outcomes.quarantined + one.outcomes.rejected, one.messages),
    `${one.watches} x`,
    `${one.quarantines} x`,
    one.trust,
    [...one.reasons]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, REASONS_EACH)
      .map(([reason]) => reason)
      .join(" "),
  ])
  output.say()
  output.say(table(HEAD, shown, [1, 2, 3, 4, 5, 6]))
  if (devices.length > MOST_DEVICES)
    output.say(`  and ${devices.length - MOST_DEVICES} more, of which less was lost (--json has every message)`)
  const reasons = tally.reasons()
  if (reasons.length > 0) {
    output.say()
    output.say(
      table(
        ["reason", "messages", "first at", "line", "what it says"],
        reasons.map(({ reason, messages, first }) => [
          reason,
          String(messages),
          `${new Date(first.at).toISOString()} ${first.device}`,
          String(first.line),
          REASONS[reason].text,
        ]),
        [1, 3],
      ),
    )
  }
  const { outcomes, messages } = tally
  output.say()
  output.say(
    `${messages} messages of ${devices.length} devices from ${rows} readings: ${percent(outcomes.verified, messages)} would have been verified, ${percent(outcomes.annotated, messages)} annotated, ${percent(outcomes.quarantined, messages)} quarantined${outcomes.rejected + outcomes.undecided > 0 ? `, ${outcomes.rejected} rejected, ${outcomes.undecided} undecided` : ""}`,
  )
  const labels = tally.labels()
  if (labels !== null)
    output.say(
      `  of ${labels.anomalous} messages that the file calls anomalous ${percent(labels.anomalousUnverified, labels.anomalous)} were not verified, of ${labels.normal} others ${percent(labels.normalUnverified, labels.normal)}`,
    )
  if (withoutZone > 0) output.say(`  ${withoutZone} times have no zone and were read as UTC`)
  if (bad > 0) output.say(output.colour(`  ${bad} lines were left out; standard error says why`, "yellow"))
}
