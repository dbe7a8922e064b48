/** `npm run load:onem2m`: a rate through a CSE beside one straight over HTTP. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, EXIT } from "@assay/cli/command"
import { table } from "@assay/cli/output"
import { wrongsOf } from "../carrier/report.ts"
import { runProgram } from "../command.ts"
import { runCseLoad } from "./run-load.ts"

const load: Command = {
  name: "load:onem2m",
  summary:
    "many containers of a CSE at once, beside the same straight over HTTP; prove that nothing is lost or decided twice",
  usage: "npm run load:onem2m -- [--containers N] [--messages N] [--seed TEXT] [--json]",
  details: `Starts ACME CSE, a node and an adapter as processes. Each device has a container of its own, and hands over its next message
when the CSE, or the node, has taken the one before. The rate counts to the last decision.
Exit code 1: a message was lost, decided more than once, quarantined or rejected. The logs of all processes are kept then.`,
  takes: 0,
  options: {
    containers: { type: "string", value: "N", default: "50", help: "devices, each with a container" },
    messages: { type: "string", value: "N", default: "20", help: "messages of each, by each way" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "what is said" },
  },
  run: async (given, output) => {
    const dir = mkdtempSync(join(tmpdir(), "assay-load-onem2m-"))
    const { ways, honest, counts } = await runCseLoad({
      dir,
      containers: given.whole("containers", 1, 1_000),
      messages: given.whole("messages", 1, 100_000),
      seed: given.required("seed"),
      progress: output.progress,
    })
    const holds = wrongsOf(honest).length === 0
    const rows = ways.map((way) => [
      way.name,
      String(way.messages),
      String(way.handedOverSeconds),
      String(way.decidedSeconds),
      String(way.perSecond),
    ])
    output.result({ ways, honest, counts, logs: holds ? null : dir }, () => {
      output.say(table(["way", "messages", "s handed over", "s decided", "per s"], rows, [1, 2, 3, 4]))
      output.say(
        `\n${honest.sent} messages: ${honest.lost} lost, ${honest.duplicated} decided twice, ${honest.wronged} wronged; the adapter read ${counts.backfilled} instances from the CSE and missed ${counts.gaps}`,
      )
      output.say(holds ? output.colour("Everything that must hold does.", "green") : `The logs are in ${dir}`)
    })
    if (holds) rmSync(dir, { recursive: true, force: true })
    return holds ? EXIT.ok : EXIT.failed
  },
}

await runProgram(load)
