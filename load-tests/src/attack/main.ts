/** `npm run attack`: a carrier without a key against honest devices, and the invariant that it moves no trust. */
import { type Command, EXIT, UsageError } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { closeVerifyPool } from "@assay/testkit/driver"
import { runProgram } from "../command.ts"
import type { Strategy } from "./carrier.ts"
import { KINDS } from "./devices.ts"
import { ISSUE, KNOWN_LIMITS } from "./known-limits.ts"
import { type Round, runRound } from "./run.ts"
import { MIXTURE, STRATEGIES } from "./strategies.ts"

const ALL: ReadonlyArray<Strategy> = [...STRATEGIES, MIXTURE]

const listed = (all: ReadonlyArray<{ readonly name: string; readonly about: string }>): string =>
  all.map(({ name, about }) => `  ${name}: ${about}`).join("\n")

const limitsText = KNOWN_LIMITS.map(
  ({ code, by, kinds, why }) =>
    `  ${code}, where messages are ${by.join(" or ")}${kinds === undefined ? "" : ` (${kinds.join(", ")})`}: ${why}.`,
).join("\n")

const DETAILS = `Honest devices really sign; a carrier without any key decides what happens to each message and presentation on the way. The same messages run through a real node twice, with the carrier and without it. A run follows from its seed.

Held, or a finding:
  Repetition alone changes no decision on any message, no trust and no reputation: at once, later, before the first bundle, after a restart, under another routing key. What was said before the first bundle and comes again after it counts as late.
  No charge, fall or conviction that the run without the carrier has not, but those of the known limits.
  Of a device that is charged with nothing, reputation never falls. Late and lost messages may earn no credit: that is counted as withheld.

Known limits (${ISSUE}), counted in each run:
${limitsText}

Devices:
${listed(KINDS)}

Exit code 1 where something was found.`

const sum = (rounds: ReadonlyArray<Round>, of: (round: Round) => number): number =>
  rounds.reduce((total, round) => total + of(round), 0)

const added = <Key extends string>(all: ReadonlyArray<Partial<Record<Key, number>>>): Record<string, number> => {
  const total: Record<string, number> = {}
  for (const one of all)
    for (const [key, n] of Object.entries<number | undefined>(one)) total[key] = (total[key] ?? 0) + (n ?? 0)
  return total
}

const show = (rounds: ReadonlyArray<Round>, output: Output): void => {
  const names = [...new Set(rounds.map(({ strategy }) => strategy))]
  const rows = names.map((name) => {
    const of = rounds.filter(({ strategy }) => strategy === name)
    const figures = [
      sum(of, ({ messages }) => messages),
      sum(of, ({ deliveries }) => deliveries),
      sum(of, ({ unmoved }) => unmoved),
      sum(of, ({ withheld }) => withheld),
      sum(of, ({ limited }) => limited),
      sum(of, ({ findings }) => findings.length),
    ]
    return [name, ...figures.map(String)]
  })
  output.say(
    table(
      ["strategy", "signed", "handed over", "devices unmoved", "credit withheld", "known limits", "findings"],
      rows,
      [1, 2, 3, 4, 5, 6],
    ),
  )
  const charges = added(rounds.map(({ known }) => known))
  const falls = added(rounds.map(({ knownFalls }) => knownFalls))
  if (Object.keys(charges).length + Object.keys(falls).length === 0) return
  output.say(`\nKnown limits that were met (${ISSUE}):`)
  for (const [code, n] of Object.entries(charges)) output.say(`  ${code}: ${n} messages charged`)
  for (const [to, n] of Object.entries(falls)) output.say(`  fell to ${to}: ${n} times`)
}

const showFindings = (rounds: ReadonlyArray<Round>, output: Output): void => {
  const found = rounds.flatMap((round) => round.findings.map((finding) => ({ round, finding })))
  output.say("")
  if (found.length === 0) output.say(output.colour("Nothing was found.", "green"))
  for (const { round, finding } of found)
    output.say(
      output.colour(
        `${round.strategy}, seed ${round.seed}, a device of kind ${finding.kind} (${finding.did.join(", ")}): ${finding.problem}`,
        "red",
      ),
    )
}

const attack: Command = {
  name: "attack",
  summary: "A carrier without a key against honest devices: no trust moves",
  usage: "npm run attack -- [--rounds N] [--seed TEXT] [--strategy NAME]",
  details: DETAILS,
  options: {
    rounds: { type: "string", value: "N", default: "3", help: "rounds of each strategy" },
    devices: { type: "string", value: "N", default: "8", help: "honest devices in a round" },
    messages: { type: "string", value: "N", default: "260", help: "messages of each device, some kinds less" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "what all follows from" },
    strategy: {
      type: "string",
      value: "NAME",
      help: "one strategy only; without a name that is known, all are listed",
    },
  },
  run: async (given, output) => {
    const [count, devices, messages] = [
      given.whole("rounds", 1, 1e6),
      given.whole("devices", 1, 1_000),
      given.whole("messages", 20, 10_000),
    ]
    const [seed, only] = [given.required("seed"), given.text("strategy")]
    const chosen = ALL.filter(({ name }) => only === null || name === only)
    if (chosen.length === 0) throw new UsageError(`there is no strategy ${only}; they are\n${listed(ALL)}`)
    const rounds: Array<Round> = []
    try {
      for (let nth = 0; nth < count; nth++)
        for (const strategy of chosen) {
          if (output.live) output.progress(`round ${nth + 1} of ${count}: ${strategy.name}`)
          rounds.push(await runRound(strategy, { seed: `${seed} ${nth}`, devices, messages }))
        }
    } finally {
      await closeVerifyPool()
    }
    output.result({ seed, rounds }, () => {
      show(rounds, output)
      showFindings(rounds, output)
    })
    return rounds.every(({ findings }) => findings.length === 0) ? EXIT.ok : EXIT.failed
  },
}

await runProgram(attack)
