/** The result of a demonstration on a real carrier, for people. */
import { type Output, table } from "@assay/cli/output"
import { type AttackResult, type Decisions, digestOf } from "./attack.ts"

export interface CarrierReport {
  readonly carrier: string
  readonly seconds: number
  readonly honest: {
    readonly sent: number
    readonly verified: number
    readonly annotated: number
    /** Quarantined, or without any decision but rejections. */
    readonly wronged: number
    /** Without any decision. */
    readonly lost: number
    /** With more than one decision that is no rejection. */
    readonly duplicated: number
  }
  readonly attacks: ReadonlyArray<AttackResult>
  /** Processes that ended though nobody asked them to, or that had to be killed at the end. */
  readonly ends: ReadonlyArray<string>
}

const HEAD = ["attack", "attempts", "caught", "by", "reason", ""]

/** What became of what honest devices said. A copy that is recognised as such is no second decision. */
export const honestOf = (sent: ReadonlyArray<Uint8Array>, decisions: Decisions): CarrierReport["honest"] => {
  const count = { sent: sent.length, verified: 0, annotated: 0, wronged: 0, lost: 0, duplicated: 0 }
  for (const bytes of sent) {
    const all = decisions.get(digestOf(bytes)) ?? []
    const good = all.filter(({ outcome }) => outcome === "verified" || outcome === "annotated")
    if (all.length === 0) count.lost += 1
    else if (good.length === 0) count.wronged += 1
    else if (good[0]!.outcome === "verified") count.verified += 1
    else count.annotated += 1
    if (good.length > 1) count.duplicated += 1
  }
  return count
}

/** What must not become of honest messages. */
export const wrongsOf = ({ lost, duplicated, wronged }: CarrierReport["honest"]): ReadonlyArray<string> => [
  ...(lost === 0 ? [] : [`${lost} honest messages were lost`]),
  ...(duplicated === 0 ? [] : [`${duplicated} honest messages were decided more than once`]),
  ...(wronged === 0 ? [] : [`${wronged} honest messages were quarantined or rejected`]),
]

export const faultsOf = ({ honest, attacks, ends }: CarrierReport): ReadonlyArray<string> => [
  ...ends,
  ...attacks
    .filter(({ asExpected }) => !asExpected)
    .map(({ title, miss }) => `"${title}" did not end as it should: ${miss ?? "there was no attempt"}`),
  ...wrongsOf(honest),
]

export const showCarrierReport = (report: CarrierReport, output: Output): void => {
  const { carrier, honest, attacks, seconds } = report
  const rows = attacks.map((row) => [
    row.title,
    String(row.attempts),
    String(row.caught),
    row.by,
    row.reason,
    row.asExpected ? "ok" : "NOT AS EXPECTED",
  ])
  output.say()
  output.say(table(HEAD, rows, [1, 2]))
  output.say()
  output.say(`What ${carrier} did with them by itself:`)
  for (const row of attacks) output.say(`  ${row.title}: ${row.carrier}`)
  output.say()
  output.say(
    `${honest.sent} honest messages through ${carrier} in ${seconds} s: ${honest.verified} verified, ${honest.annotated} annotated, ${honest.lost} lost, ${honest.duplicated} decided twice, ${honest.wronged} wronged`,
  )
  output.say()
  const faults = faultsOf(report)
  if (faults.length === 0) output.say(output.colour("Every attack ended as it should.", "green"))
  else for (const fault of faults) output.say(output.colour(`fault: ${fault}`, "red"))
}
