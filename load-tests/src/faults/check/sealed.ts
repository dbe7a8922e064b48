/** The transparency log is consistent with itself, with its own checkpoints, and with the audit stream, and lacks nothing. */
import { readFileSync } from "node:fs"
import { verifyLog } from "@assay/cli/verify"
import { vkeyPath } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { logDirectory } from "@assay/transparency/storage"
import { Findings, type Result } from "./result.ts"

export const CLAIM =
  "every audit event is sealed in its place, once; tree, tiles, every checkpoint on the stream and the stream itself agree"

/** @param dir where the log was sealed */
export const checkSealed = async (log: Log, dir: string): Promise<Result> => {
  const findings = new Findings()
  for (let partition = 0; partition < log.partitions; partition++) {
    const keys = readFileSync(vkeyPath(dir, partition), "utf8")
    const report = await verifyLog(log, dir, { partition, directory: logDirectory(dir, partition), keys })
    findings.examined += report.compared
    for (const { leaf, kind, text } of report.findings)
      findings.add(`log of partition ${partition}, ${leaf === null ? "the whole" : `leaf ${leaf}`}: ${kind}: ${text}`)
    if (report.unsealed > 0)
      findings.add(`log of partition ${partition}: ${report.unsealed} audit events are not sealed`)
  }
  return findings.result("sealed", CLAIM)
}
