/** `npm run faults`: services, brokers, Redis and the registry are killed, paused and restarted under load; then the proof. */

import { join } from "node:path"
import { chosen } from "@assay/cli/choice"
import { type Arguments, type Command, UsageError } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { TOPOLOGIES } from "@assay/settings"
import type { Topology } from "../cluster/work.ts"
import { runProgram } from "../command.ts"
import { describeMachine } from "../machine.ts"
import { DIR_OPTION, inOwnDirectory, jsonOf, writeText } from "../own-directory.ts"
import { endWithParent, runApart } from "./child-run.ts"
import { type FaultsReport, failuresOf, rowsOf, toMarkdown } from "./report.ts"
import { runPart } from "./run.ts"
import { SESSION_MS, startServers, TRANSACTION_MS } from "./setup.ts"

/** Of the rounds of `both`, so many are chained. */
const CHAINED_SHARE = 0.2

/** @throws UsageError */
const nodesOf = (given: Arguments): 1 | 3 => {
  const nodes = given.whole("nodes", 1, 3)
  if (nodes === 2) throw new UsageError("--nodes takes 1 or 3: two brokers have no majority when one is gone")
  return nodes as 1 | 3
}

/** @throws UsageError */
const planOf = (given: Arguments): ReadonlyArray<readonly [topology: Topology, rounds: number]> => {
  const rounds = given.whole("rounds", 1, 10_000)
  const topology = chosen(given, "topology", [...TOPOLOGIES, "both"])
  if (topology !== "both") return [[topology, rounds]]
  const chained = Math.round(rounds * CHAINED_SHARE)
  const parts: ReadonlyArray<readonly [Topology, number]> = [
    ["staged", rounds - chained],
    ["chained", chained],
  ]
  return parts.filter(([, share]) => share > 0)
}

const show = (report: FaultsReport, output: Output): void => {
  const { parts, failures } = report
  const rows = rowsOf(parts).map(({ kind, hit, p50Ms, maxMs }) => [
    kind,
    String(hit),
    String(p50Ms ?? "-"),
    String(maxMs ?? "-"),
  ])
  output.say(table(["fault", "times", "p50 ms", "max ms"], rows, [1, 2, 3]))
  for (const { topology, checked, counted, starts, exits } of parts) {
    output.say(
      `\n${topology}: ${starts} processes started, ${exits.length} ended by themselves, ${counted.fenced} zombies fenced, ${counted.restores} restores, ${counted.stalls} stalls`,
    )
    for (const { name, claim, examined, found } of checked.results) {
      const result = found === 0 ? output.colour("holds", "green") : output.colour(`${found} FINDINGS`, "red")
      output.say(`  ${name}: ${claim}: ${result} (${examined} examined)`)
    }
  }
  output.say()
  if (failures.length === 0) output.say(output.colour("Everything that must hold does.", "green"))
  else for (const failure of failures) output.say(output.colour(`failure: ${failure}`, "red"))
}

const playOne = async (given: Arguments, output: Output, dir: string): Promise<FaultsReport> => {
  const [nodes, seed, perSecond] = [nodesOf(given), given.required("seed"), given.whole("rate", 1, 10_000)]
  const [[topology, rounds]] = planOf(given) as [readonly [Topology, number]]
  const started = performance.now()
  const servers = await startServers(dir, nodes, output.progress)
  try {
    const part = await runPart({
      servers,
      dir,
      topology,
      rounds,
      seed,
      perSecond,
      prefix: `${topology}.`,
      devices: given.whole("devices", 1, 100_000),
      progress: output.progress,
    })
    return {
      machine: describeMachine(servers.cluster.version),
      seed,
      nodes,
      perSecond,
      seconds: Math.round((performance.now() - started) / 1000),
      timeouts: { sessionMs: SESSION_MS, transactionMs: TRANSACTION_MS },
      versions: { "Apicurio Registry": servers.registry.version },
      parts: [part],
      failures: failuresOf([part]),
    }
  } finally {
    await servers.stop()
  }
}

/** Several topologies one after the other, each in a process and on brokers of its own. */
const play = async (given: Arguments, output: Output, dir: string): Promise<FaultsReport> => {
  const plan = planOf(given)
  if (plan.length === 1) return playOne(given, output, dir)
  const kept = ["seed", "nodes", "rate", "devices"].flatMap((name) => [`--${name}`, given.required(name)])
  const reports: Array<FaultsReport> = []
  for (const [topology, rounds] of plan) {
    const own = ["--topology", topology, "--rounds", String(rounds), "--dir", join(dir, topology)]
    reports.push(await runApart([...kept, ...own]))
  }
  return {
    ...reports[0]!,
    seconds: reports.reduce((sum, { seconds }) => sum + seconds, 0),
    parts: reports.flatMap(({ parts }) => parts),
    failures: reports.flatMap(({ failures }) => failures),
  }
}

const faults: Command = {
  name: "faults",
  summary:
    "kill, pause and restart everything at random under load, then prove that nothing was lost, doubled or changed",
  usage: "npm run faults -- [--rounds N] [--seed TEXT] [--nodes 1|3] [--topology NAME] [--json]",
  details: `Starts brokers, Redis and a schema registry of its own (Java, Maven and redis-server are needed), and the services as
processes. The schedule follows from the seed; how processes answer to it does not.
Exit code 1: something that must hold does not; each finding names the record. The logs of all processes are kept then.`,
  takes: 0,
  options: {
    rounds: { type: "string", value: "N", default: "10", help: "rounds, each with one to three faults" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "which faults happen when, and what is said" },
    nodes: { type: "string", value: "N", default: "1", help: "brokers: 1 or 3" },
    topology: {
      type: "string",
      value: "NAME",
      default: "both",
      help: "staged, chained, or both (a fifth of the rounds chained)",
    },
    rate: { type: "string", value: "N", default: "60", help: "submissions a second" },
    devices: { type: "string", value: "N", default: "60", help: "honest devices" },
    report: { type: "string", value: "FILE", help: "write the report here as Markdown" },
    data: { type: "string", value: "FILE", help: "write the report here as JSON" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    return inOwnDirectory(given, "assay-faults-", async (dir) => {
      const report = await play(given, output, dir)
      const [markdown, data] = [given.text("report"), given.text("data")]
      if (markdown !== null) writeText(markdown, toMarkdown(report))
      if (data !== null) writeText(data, jsonOf(report))
      output.result(report, () => show(report, output))
      return report.failures.length === 0
    })
  },
}

endWithParent()
await runProgram(faults)
