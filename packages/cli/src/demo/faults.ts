/** Whether a demo went as it should. */
import type { DemoReport } from "./run.ts"

/** What went other than it should have; empty for a good run. */
export const faultsOf = (report: DemoReport): ReadonlyArray<string> => [
  ...report.attacks
    .filter((row) => !row.asExpected)
    .map((row) => `${row.attack}: ${row.caught} of ${row.injected} as expected`),
  ...(report.lost > 0 ? [`${report.lost} messages lost`] : []),
  ...(report.duplicated > 0 ? [`${report.duplicated} messages decided twice`] : []),
  ...(report.wronged > 0 ? [`${report.wronged} honest messages quarantined or rejected`] : []),
  ...(report.victims > 0 ? [`${report.victims} messages of victims not verified`] : []),
  ...(report.log.intact ? [] : ["the audit log does not verify"]),
  ...(report.log.tamperedNamed === report.log.tamperedLeaf ? [] : ["the tampered leaf was not named"]),
]
