/** What `assay verify` says: what was compared, what was found, and what could not be compared. */
import { existsSync } from "node:fs"
import type { StreamReport, UndecidedReport } from "@assay/engine"
import { isWithin } from "@assay/node/roots"
import type { Report } from "@assay/transparency/storage"
import type { Output } from "./output.ts"
import type { LogReport } from "./verify.ts"

/** What was found in one partition. */
export interface Verified extends LogReport {
  readonly undecided: UndecidedReport
}

/** Whether `--key` names something in the data directory that it is to check. */
export const isKeyInside = (key: string, dir: string): boolean => existsSync(key) && isWithin(key, dir)

const witnessedText = ({ head, cosigned }: NonNullable<Verified["witnessed"]>, size: number): string => {
  const by = cosigned.map(({ name, time }) => `${name} (${new Date(time).toISOString()})`).join(", ")
  return `${head.size} of ${size} leaves are under a checkpoint that ${by === "" ? "no witness, as the policy allows," : by} cosigned`
}

/** A log that another one goes on after. */
const showEarlier = ({ origin, intact, size, compared, summary, findings }: Report, output: Output): void => {
  output.say(`${origin}: ${output.colour(intact ? "intact" : "NOT INTACT", intact ? "green" : "red")}, ended`)
  output.say(`  ${summary}; ${size} leaves, ${compared} compared`)
  for (const { leaf, kind, text } of findings)
    output.say(`  ${leaf === null ? "the whole" : `leaf ${leaf}`}: ${kind}: ${text}`)
}

export const show = (report: Verified, output: Output): void => {
  const { undecided } = report
  for (const earlier of report.before) showEarlier(earlier, output)
  const isIntact = report.intact && undecided.intact
  output.say(`${report.origin}: ${output.colour(isIntact ? "intact" : "NOT INTACT", isIntact ? "green" : "red")}`)
  output.say(`  ${report.summary}`)
  output.say(
    `  ${report.size} leaves, ${report.compared} compared, ${report.erased} erased, ${report.unsealed} events not sealed yet`,
  )
  if (report.minimum > 0) output.say(`  the entries of ${report.minimum} leaves were pruned from the directory`)
  if (report.witnessed !== null) output.say(`  ${witnessedText(report.witnessed, report.size)}`)
  for (const finding of report.findings) {
    output.say(`  ${finding.leaf === null ? "the whole" : `leaf ${finding.leaf}`}: ${finding.kind}: ${finding.text}`)
  }
  if (undecided.kept + undecided.gone > 0)
    output.say(`  ${undecided.kept} undecided records kept, ${undecided.gone} no longer kept`)
  for (const finding of undecided.findings) output.say(`  ${finding}`)
}

export const showStream = ({ stream, partition, found, findings, ...counts }: StreamReport, output: Output): void => {
  const isWhole = counts.unsealed + counts.unchecked === 0
  const good = isWhole ? "intact" : "intact as far as it was compared"
  const words = found === 0 ? output.colour(good, "green") : output.colour("NOT INTACT", "red")
  output.say(`${stream}, partition ${partition}: ${words}`)
  output.say(`  ${counts.compared} records compared with the audit events, ${found} findings`)
  if (counts.expiredUntil !== null)
    output.say(
      `  ${counts.expired} records are gone at its head, the newest of ${new Date(counts.expiredUntil).toISOString()}: by retention, if it is set so`,
    )
  for (const { kind, offset, text } of findings)
    output.say(`  ${offset === null ? "not there" : `offset ${offset}`}: ${kind}: ${text}`)
}

/** What the log's own check leaves open. */
const openIn = ({
  origin,
  size,
  witnessed,
  erased,
  pruned,
  unsealed,
  undecided,
  lastHeadUnknown,
}: Verified): ReadonlyArray<string> => [
  ...(witnessed !== null && witnessed.head.size < size
    ? [`${origin}: ${size - witnessed.head.size} leaves that no witness has cosigned yet`]
    : []),
  ...(unsealed > 0 ? [`${origin}: ${unsealed} events that are not sealed yet`] : []),
  ...(pruned > 0
    ? [
        `${origin}: whether an archive has the entries of ${pruned} leaves, which were pruned: --archive compares it; their stored events make the very leaves`,
      ]
    : []),
  ...(erased > 0
    ? [
        `${origin}: what ${erased} events of erased devices hold beside their statement (device, digest, verdicts, detail): assay replay compares it with what was submitted`,
      ]
    : []),
  ...(lastHeadUnknown
    ? [
        `${origin}: whether audit.checkpoints ends with the head that the sealer committed last: this principal may not see the sealer's position, the role operator or siem may`,
      ]
    : []),
  ...(undecided.unchecked > 0
    ? [
        `${origin}: ${undecided.unchecked} undecided records at the head of what is kept, since others of their incident are gone and the log keeps one root for an incident`,
      ]
    : []),
  ...(undecided.unsealed > 0
    ? [`${origin}: ${undecided.unsealed} undecided records whose incidents are not sealed yet`]
    : []),
]

const openInStream = ({ stream, partition, unsealed, unchecked, expired }: StreamReport): ReadonlyArray<string> => [
  ...(unsealed > 0 ? [`${stream}, partition ${partition}: ${unsealed} records whose events are not sealed yet`] : []),
  ...(unchecked > 0
    ? [
        `${stream}, partition ${partition}: ${unchecked} records at its head, since others of their batch are gone and the log keeps one root for a batch`,
      ]
    : []),
  ...(expired > 0 ? [`${stream}, partition ${partition}: ${expired} records that are gone at its head`] : []),
]

/**
 * One sentence for each thing that was not compared.
 * @param streams null where they were not asked for
 * @param others partitions of the log that were left out
 */
export const notChecked = (
  reports: ReadonlyArray<Verified>,
  streams: ReadonlyArray<StreamReport> | null,
  { keyInside, others }: { readonly keyInside: boolean; readonly others: number },
): ReadonlyArray<string> => [
  ...(keyInside
    ? [
        "whose key --key is: it lies inside the data directory, where whoever changes the record can change it; keep a copy outside",
      ]
    : []),
  ...(others > 0 ? [`the ${others} other partitions: --partition names one`] : []),
  ...reports.flatMap(openIn),
  ...(streams === null ? ["the decided and rejected records: --streams compares them"] : streams.flatMap(openInStream)),
  "when the log stamped its records, beyond their order and what audit.checkpoints recorded (the time that an event itself holds is sealed)",
]
