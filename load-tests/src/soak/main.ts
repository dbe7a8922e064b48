/** `npm run soak`: hours of load with a fault every minute; memory and latency must stay as they are, and every message have one decision. */
import type { Command } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { describeMachine, machineLine } from "../bench/machine.ts"
import { runProgram } from "../command.ts"
import { startServers } from "../faults/setup.ts"
import { DIR_OPTION, inOwnDirectory, jsonOf, writeText } from "../own-directory.ts"
import { runSoak, type SoakReport } from "./run.ts"

const MIB = 1 << 20

const show = (report: SoakReport, output: Output): void => {
  const { pieces, rounds, memory, latency } = report
  const every = Math.max(1, Math.ceil(pieces.length / 24))
  const rows = pieces
    .filter((_, nth) => nth % every === 0)
    .map((one) => [
      ...[one.second, one.decisions].map(String),
      ...[one.p50, one.p99].map((ms) => ms.toFixed(0)),
      (one.memory / MIB).toFixed(0),
    ])
  output.say(table(["second", "decisions in 10 s", "p50 ms", "p99 ms", "MiB"], rows, [0, 1, 2, 3, 4]))
  const slowest = Math.max(0, ...rounds.flatMap(({ faults }) => faults.map(({ recoveredMs }) => recoveredMs ?? 0)))
  output.say(
    [
      "",
      `${report.perSecond} messages a second${report.knee === null ? "" : `, of a knee of ${report.knee.toFixed(0)}`}, ${report.minutes} minutes, ${rounds.length} rounds of faults, the slowest over after ${(slowest / 1e3).toFixed(1)} s`,
      `${report.acknowledged} acknowledged, ${report.decided} decided, ${report.unanswered} without an answer (${report.unknown} of them decided)`,
      `memory ${(memory.earlier / MIB).toFixed(0)} -> ${(memory.later / MIB).toFixed(0)} MiB, median latency ${latency.earlier.toFixed(0)} -> ${latency.later.toFixed(0)} ms (second third -> last)`,
      `sealed: ${report.sealed}`,
      report.failures.length === 0
        ? "Everything that must hold does."
        : report.failures.map((one) => `failure: ${one}`).join("\n"),
    ].join("\n"),
  )
}

const soak: Command = {
  name: "soak",
  summary: "hours of load with a fault every minute: memory and latency stay flat, every message has one decision",
  usage: "npm run soak -- [--minutes N] [--rate N] [--every SECONDS] [--data FILE] [--json]",
  details: `A broker, Redis and a schema registry of its own, chained nodes as processes. The rate is --share of the knee, which is found
first; --rate sets it. No fault hits the first node, so that its memory is that of the whole run.
npm run soak -- --minutes 2 --every 20 --rate 60 is the short form for CI.
Exit code 1: something that must hold does not. The logs of all processes are kept then. Memory and latency are judged from ten minutes on.`,
  takes: 0,
  options: {
    minutes: { type: "string", value: "N", default: "360", help: "how long" },
    every: { type: "string", value: "SECONDS", default: "60", help: "from one fault to the next" },
    rate: { type: "string", value: "N", help: "messages a second (default: a share of the knee)" },
    share: { type: "string", value: "PERCENT", default: "70", help: "of the knee" },
    devices: { type: "string", value: "N", default: "200", help: "honest devices" },
    seed: { type: "string", value: "TEXT", default: "soak", help: "which faults happen when, and what is said" },
    data: { type: "string", value: "FILE", help: "write the report here as JSON" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    return inOwnDirectory(given, "assay-soak-", async (dir) => {
      const servers = await startServers(dir, 1, output.progress)
      const machine = describeMachine(servers.cluster.version)
      try {
        const report = await runSoak({
          ...{ servers, dir, progress: output.progress, seed: given.required("seed") },
          minutes: given.whole("minutes", 1, 100_000),
          every: given.whole("every", 5, 3_600),
          perSecond: given.text("rate") === null ? null : given.whole("rate", 1, 100_000),
          share: given.whole("share", 1, 100) / 100,
          devices: given.whole("devices", 1, 100_000),
        })
        const data = given.text("data")
        if (data !== null) writeText(data, jsonOf({ machine, ...report }))
        output.result({ machine, ...report }, () => {
          output.say(`${machineLine(machine)}\n`)
          show(report, output)
        })
        return report.failures.length === 0
      } finally {
        await servers.stop()
      }
    })
  },
}

if (import.meta.main) await runProgram(soak)
