/** `assay verify-export DIR`: Parquet files against the log that they say they come from, offline. */
import { existsSync } from "node:fs"
import { type ExportReport, ManifestError, verifyExport } from "@assay/egress/parquet"
import { NoteError } from "@assay/transparency"
import { type Command, EXIT, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { forTerminal, type Output } from "../output.ts"
import { readKeys } from "../verifier-keys.ts"

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/** What nothing in the export can tell. */
const notChecked = ({ covered, erased, withheld }: ExportReport, hasSince: boolean): ReadonlyArray<string> => [
  ...covered
    .filter(({ from }) => from > 0)
    .map(({ partition, from }) => `partition ${partition}: the leaves before ${from} are not part of the export`),
  ...covered
    .filter(({ partition, base }, nth) => base > 0 && covered[nth - 1]?.partition !== partition)
    .map(({ partition, origin }) => `partition ${partition}: the logs before ${origin} are not part of the export`),
  ...(hasSince ? [] : ["whether the export was cut short: name a newer checkpoint from outside with --since"]),
  ...(erased === 0
    ? []
    : [
        `what ${plural(erased, "message")} of erased devices said: the log holds the erasures, and assay verify --roots on it tells who signed them`,
      ]),
  ...(withheld === 0
    ? []
    : [
        `${plural(withheld, "message")} left out as those of erased devices, though the export holds no erasure of them: go on with the export, or run assay verify on the log`,
      ]),
]

/** What the log asks of whoever has the export. */
const overdue = ({ kept }: ExportReport): ReadonlyArray<string> =>
  kept === 0
    ? []
    : [
        `${plural(kept, "message")} of devices whose erasure the log holds still in the export: call assay export parquet on it again, which takes them out`,
      ]

const show = (report: ExportReport, isIntact: boolean, output: Output): void => {
  const { findings, found, rows, messages, files, covered, erased } = report
  const verdict = isIntact ? output.colour("INTACT", "green") : output.colour("NOT INTACT", "red")
  output.say(`${verdict}: ${plural(rows, "row")} of ${plural(messages, "message")} in ${plural(files, "file")}`)
  for (const { partition, origin, from, to, signedTo } of covered) {
    const isOfLine = covered.filter((one) => one.partition === partition).length > 1
    const which = isOfLine ? ` of ${forTerminal(origin)}` : ""
    output.say(`  partition ${partition}: leaves ${from} to ${to}${which}, signed to ${signedTo}`)
  }
  if (erased > 0) output.say(`  ${plural(erased, "message")} of erased devices left out, as the log says`)
  for (const { kind, path, message } of findings)
    output.say(`  ${kind}${path === null ? "" : ` ${forTerminal(path)}`}: ${forTerminal(message)}`)
  if (found > findings.length) output.say(`  and ${found - findings.length} more`)
}

export const verifyExportCommand: Command = {
  name: "verify-export",
  summary: "check Parquet files of assay export against the log's key, offline",
  usage: "verify-export DIR --key KEYS [--since CHECKPOINT]",
  details: `Needs nothing but DIR and the log's verifier keys, kept OUTSIDE of it. Every row is made anew from the record that the log
vouches for: rows and files that were added, removed, changed or swapped are named. CHECKPOINT is a newer checkpoint from
outside (assay prove, a witness, <data>/tlog/pNNN/checkpoint): without one nobody can tell whether the end was cut off.
Where a log goes on after another (assay successor), give the keys of all of them: each is checked under its own, and that one ends where
the next begins.
Messages of erased devices are left out of an export. Where the export's own leaves hold the erasure, that accounts for them; others
count as findings unless --allow-withheld is given.`,
  takes: 1,
  options: {
    key: { type: "string", value: "KEYS", help: "a file with a verifier key, a directory of such, or a key" },
    since: { type: "string", value: "CHECKPOINT", help: "a checkpoint of the log from outside of the export" },
    "allow-withheld": { type: "boolean", help: "messages may be left out without an erasure in the export" },
  },
  run: async (given, output) => {
    const [root] = given.positionals
    if (root === undefined) throw new UsageError("assay verify-export takes the directory of an export")
    if (!existsSync(root)) throw new UsageError(`there is no directory ${root}`)
    const keys = readKeys(given.required("key")).split("\n")
    const since = given.text("since")
    const notes = since === null ? [] : [readInput(since, "the checkpoint").toString("utf8")]
    try {
      const report = await verifyExport({ root, keys, since: notes })
      const isIntact = report.found === 0 && (report.withheld === 0 || given.flag("allow-withheld"))
      const unchecked = notChecked(report, since !== null)
      output.result({ intact: isIntact, ...report, notChecked: unchecked, overdue: overdue(report) }, () => {
        show(report, isIntact, output)
        for (const what of overdue(report)) output.say(`overdue: ${what}`)
        for (const what of unchecked) output.say(`not checked: ${what}`)
      })
      return isIntact ? EXIT.ok : EXIT.failed
    } catch (cause) {
      if (cause instanceof ManifestError || cause instanceof NoteError)
        throw new UsageError(`${root}: ${cause.message}`)
      if ((cause as NodeJS.ErrnoException).code === "ENOENT")
        throw new UsageError(`${root} is no export: ${(cause as Error).message}`)
      throw cause
    }
  },
}
