/** The demo's result for people. */
import { type Output, table } from "../output.ts"
import type { DemoReport } from "./run.ts"

const HEAD = ["attack", "injected", "caught", "by", "reason code", "median ms", ""]

export const showReport = (report: DemoReport, faults: ReadonlyArray<string>, output: Output): void => {
  const rows = report.attacks.map((row) => [
    row.title,
    String(row.injected),
    String(row.caught),
    row.stage,
    row.reason,
    row.medianMs === null ? "-" : row.medianMs.toFixed(1),
    row.asExpected ? "ok" : "NOT AS EXPECTED",
  ])
  const { totals } = report
  output.say()
  output.say(table(HEAD, rows, [1, 2, 5]))
  output.say()
  output.say(
    `${report.decided} decisions in ${report.seconds} s (${report.perSecond}/s, signing included) of ${report.devices} devices:`,
  )
  output.say(
    `  ${totals.verified} verified, ${totals.annotated} annotated, ${totals.quarantined} quarantined, ${totals.rejected} rejected`,
  )
  output.say(
    `  ${report.lost} lost, ${report.duplicated} duplicated, ${report.wronged} honest messages wrongly quarantined or rejected`,
  )
  output.say()
  output.say(
    `The audit log of partition 0 holds ${report.log.leaves} leaves and ${report.log.intact ? "verifies offline" : "DOES NOT VERIFY"}.`,
  )
  output.say(`Leaf ${report.log.tamperedLeaf} altered in a copy: ${report.log.words}`)
  output.say()
  if (faults.length === 0) output.say(output.colour("Every attack ended as it should.", "green"))
  else for (const fault of faults) output.say(output.colour(`fault: ${fault}`, "red"))
}
