/** `assay verify`: the audit log, offline. */
import { existsSync, readFileSync } from "node:fs"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { logDirectory, type Report } from "@assay/transparency/storage"
import { type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"
import type { Output } from "../output.ts"
import { verifyLog } from "../verify.ts"
import { type UndecidedReport, verifyUndecided } from "../verify-undecided.ts"

/** What was found in one partition. */
interface Verified extends Report {
  readonly undecided: UndecidedReport
}

/** A file's text, or the words themselves where they are no file (a verifier key is one line). */
const textOf = (given: string): string => (existsSync(given) ? readFileSync(given, "utf8") : given)

const show = (report: Verified, output: Output): void => {
  const { undecided } = report
  const isIntact = report.intact && undecided.intact
  output.say(`${report.origin}: ${output.colour(isIntact ? "intact" : "NOT INTACT", isIntact ? "green" : "red")}`)
  output.say(`  ${report.summary}`)
  output.say(
    `  ${report.size} leaves, ${report.compared} compared, ${report.erased} erased, ${report.unsealed} events not sealed yet`,
  )
  for (const finding of report.findings) {
    output.say(`  ${finding.leaf === null ? "the whole" : `leaf ${finding.leaf}`}: ${finding.kind}: ${finding.text}`)
  }
  if (undecided.kept + undecided.gone > 0)
    output.say(`  ${undecided.kept} undecided records kept, ${undecided.gone} no longer kept`)
  for (const finding of undecided.findings) output.say(`  ${finding}`)
}

export const verify: Command = {
  name: "verify",
  summary: "check the audit log offline, leaf by leaf",
  usage: "verify [DIR] --key KEYS [--since CHECKPOINT] [--partition N]",
  details: `Recomputes every leaf from the stored audit events and compares it with the tiles and the signed checkpoint.
KEYS are the verifier keys (log.vkey), kept OUTSIDE the data directory. CHECKPOINT is an earlier checkpoint file, also
kept outside; without one the log is shown to be self-consistent only: whoever holds its key could have rewritten it whole.
What is kept as undecided is compared with the incidents that name it.
With LOG=kafka the events are read from there, and DIR is the directory in which the log is sealed.`,
  options: {
    ...DATA_OPTION,
    key: { type: "string", value: "KEYS", help: "a file with verifier keys, or one such key" },
    since: { type: "string", value: "CHECKPOINT", help: "an earlier checkpoint of the partition" },
    partition: { type: "string", value: "N", help: "only this partition (needed with --since)" },
    directory: { type: "string", value: "DIR", help: "check this copy of the log's directory instead" },
  },
  run: async (given, output) => {
    const dir = given.positionals[0] ?? requiredDataDir(given, readLogConfiguration(processEnvironment()))
    const keys = textOf(given.required("key"))
    const since = given.text("since")
    if (since !== null && given.text("partition") === null)
      throw new UsageError("--since needs --partition N: each has its own log")
    const log = await openForReading({ ...given, text: () => dir }, { streams: [STREAMS.audit] })
    try {
      const only = given.text("partition") === null ? null : given.whole("partition", 0, log.partitions - 1)
      const reports: Array<Verified> = []
      for (let partition = only ?? 0; partition <= (only ?? log.partitions - 1); partition++) {
        output.progress(`partition ${partition} ...`)
        const directory = given.text("directory") ?? logDirectory(dir, partition)
        const target = { partition, directory, keys, ...(since === null ? {} : { since: textOf(since) }) }
        const report = await verifyLog(log, dir, target)
        reports.push({ ...report, undecided: await verifyUndecided(log, partition) })
      }
      const intact = reports.every((report) => report.intact && report.undecided.intact)
      output.result({ intact, reports }, () => {
        for (const report of reports) show(report, output)
      })
      return intact ? EXIT.ok : EXIT.failed
    } finally {
      await log.close()
    }
  },
}
