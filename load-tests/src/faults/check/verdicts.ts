/** The verdicts are those of an undisturbed run: derived again from `submitted` alone, with fresh state. */

import { formatOrigin } from "@assay/cli/origin"
import { stagesOver } from "@assay/cli/services"
import { replay } from "@assay/engine"
import { VerifyPool } from "@assay/jose/verify-pool"
import type { Log } from "@assay/log"
import type { RootSet } from "@assay/trust"
import { Findings, type Result } from "./result.ts"

export const CLAIM = "outcome, reasons and trust of every decision are those of an undisturbed run over the same stream"

export const checkVerdicts = async (
  log: Log,
  roots: RootSet,
  progress: (entries: number) => void = () => undefined,
): Promise<Result> => {
  const findings = new Findings()
  const pool = new VerifyPool()
  try {
    const report = await replay(log, roots, stagesOver(log, pool), progress)
    findings.examined = report.decisions
    for (const { origin, recorded, derived } of report.differences)
      findings.add(`origin ${formatOrigin(origin)}: recorded ${recorded}; an undisturbed run says ${derived}`)
    const more = report.differing - report.differences.length
    if (more > 0) findings.add(`and ${more} more decisions differ`)
  } finally {
    await pool.close()
  }
  return findings.result("verdicts", CLAIM)
}
