/** What a run of faults came to: as JSON, and as a page for docs/performance. */
import { type Machine, machineLine } from "../machine.ts"
import type { Part } from "./run.ts"
import { FAULTS, type FaultKind } from "./schedule.ts"

export interface FaultsReport {
  readonly machine: Machine
  readonly seed: string
  readonly nodes: number
  readonly perSecond: number
  readonly seconds: number
  readonly timeouts: { readonly sessionMs: number; readonly transactionMs: number }
  readonly versions: Readonly<Record<string, string>>
  readonly parts: ReadonlyArray<Part>
  /** Empty: all that must hold does. */
  readonly failures: ReadonlyArray<string>
}

export interface KindRow {
  readonly kind: FaultKind
  readonly hit: number
  readonly p50Ms: number | null
  readonly maxMs: number | null
}

const median = (sorted: ReadonlyArray<number>): number | null => sorted[sorted.length >> 1] ?? null

/** Recovery by kind, over all parts; a fault that came together with others counts with them. */
export const rowsOf = (parts: ReadonlyArray<Part>): ReadonlyArray<KindRow> => {
  const faults = parts.flatMap(({ rounds }) => rounds.flatMap((round) => round.faults))
  return (Object.keys(FAULTS) as ReadonlyArray<FaultKind>).flatMap((kind) => {
    const own = faults.filter((fault) => fault.kind === kind)
    const times = own.flatMap(({ recoveredMs }) => (recoveredMs === null ? [] : [recoveredMs])).sort((a, b) => a - b)
    return own.length === 0 ? [] : [{ kind, hit: own.length, p50Ms: median(times), maxMs: times.at(-1) ?? null }]
  })
}

export const failuresOf = (parts: ReadonlyArray<Part>): ReadonlyArray<string> =>
  parts.flatMap(({ topology, checked, problems, unwilling }) => [
    ...checked.results.flatMap(({ name, findings, found }) => [
      ...findings.map((finding) => `${topology}, ${name}: ${finding}`),
      ...(found > findings.length ? [`${topology}, ${name}: and ${found - findings.length} more`] : []),
    ]),
    ...problems.map((problem) => `${topology}: ${problem}`),
    ...unwilling.map((name) => `${topology}: ${name} did not end on SIGTERM and was killed`),
  ])

const seconds = (ms: number | null): string => (ms === null ? "-" : (ms / 1000).toFixed(1))
const row = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |`
const thousands = (count: number): string => count.toLocaleString("en-US")

const partLines = (part: Part): ReadonlyArray<string> => {
  const { topology, rounds, checked, counted, submitted, acknowledged, unanswered, starts, exits } = part
  const { totals } = checked
  const decided = totals.verified + totals.annotated + totals.quarantined + totals.rejected
  const faults = rounds.reduce((sum, round) => sum + round.faults.length, 0)
  return [
    `## ${topology}: ${rounds.length} rounds, ${faults} faults`,
    "",
    `${thousands(submitted)} records were handed over, ${thousands(acknowledged)} acknowledged, ${thousands(unanswered)} never answered (they may be there or not). ${thousands(decided)} decisions: ${thousands(totals.verified)} verified, ${thousands(totals.annotated)} annotated, ${thousands(totals.quarantined)} quarantined, ${thousands(totals.rejected)} rejected.`,
    "",
    `${thousands(starts)} processes were started; ${exits.length} of them ended by themselves. At least ${counted.fenced} commits of zombies were refused by the brokers, ${counted.restores} times a runner failed and went on from its last commit, ${counted.stalls} times one was found to make no progress.`,
    "",
    row(["what must hold", "examined", "result"]),
    row(["---", "--:", "---"]),
    ...checked.results.map(({ claim, examined, found }) =>
      row([claim, thousands(examined), found === 0 ? "holds" : `**${found} findings**`]),
    ),
    "",
  ]
}

export const toMarkdown = (report: FaultsReport): string => {
  const { machine, seed, nodes, perSecond, parts, failures, timeouts, versions } = report
  const rounds = parts.reduce((sum, part) => sum + part.rounds.length, 0)
  return [
    "# Faults",
    "",
    `\`npm run faults -- --rounds ${rounds} --seed ${seed} --nodes ${nodes}\`: ${rounds} rounds in ${Math.round(report.seconds / 60)} minutes under a steady load of ${perSecond} submissions a second (an honest fleet, every attack of the catalogue, and records that are none of ours), each round with one to three faults at random. Then everything is repaired, and the committed streams are checked.`,
    "",
    failures.length === 0
      ? "**Everything that must hold does.**"
      : `**${failures.length} failures**, listed at the end.`,
    "",
    `Machine: ${machineLine(machine)}. ${Object.entries(versions)
      .map(([what, version]) => `${what} ${version}`)
      .join(
        ", ",
      )}. Brokers: ${nodes}. Session timeout ${timeouts.sessionMs} ms, transaction timeout ${timeouts.transactionMs} ms. Brokers, Redis, registry, all services, the load and the checker share these cores.`,
    "",
    ...parts.flatMap(partLines),
    "## Recovery",
    "",
    "Seconds from the fault until messages that were submitted after it are decided in every partition, so the outage itself is in it: a sleep beyond the session timeout, a broker's absence and start. Where several faults hit in one round, each counts with the others' help.",
    "",
    row(["fault", "", "times", "p50 s", "max s"]),
    row(["---", "---", "--:", "--:", "--:"]),
    ...rowsOf(parts).map(({ kind, hit, p50Ms, maxMs }) =>
      row([`\`${kind}\``, FAULTS[kind], hit, seconds(p50Ms), seconds(maxMs)]),
    ),
    "",
    ...(failures.length === 0 ? [] : ["## Failures", "", ...failures.map((failure) => `- ${failure}`), ""]),
  ].join("\n")
}
