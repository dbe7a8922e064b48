/** `npm run faults:onem2m`: CSE, adapter and node fail under load through a CSE; then the proof. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, EXIT } from "@assay/cli/command"
import { showRounds } from "../carrier/rounds.ts"
import { runProgram } from "../command.ts"
import { FAULTS, runCseFaults } from "./run-faults.ts"

const faults: Command = {
  name: "faults:onem2m",
  summary:
    "restart the CSE, kill adapter and node, cut networks and set a clock under load; prove that each message has one decision",
  usage: "npm run faults:onem2m -- [--rounds N] [--devices N] [--seed TEXT] [--json]",
  details: `Starts ACME CSE, a node and an adapter of its own as processes. Devices sign, and keep a message until the CSE has it. The
faults come in turn: ${FAULTS.join(", ")}.
Exit code 1: something that must hold does not. The logs of all processes are kept then.`,
  takes: 0,
  options: {
    rounds: { type: "string", value: "N", default: "12", help: "rounds, each with one fault" },
    devices: { type: "string", value: "N", default: "4", help: "honest devices, each with a container" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "what is said" },
  },
  run: async (given, output) => {
    const dir = mkdtempSync(join(tmpdir(), "assay-faults-onem2m-"))
    const { rounds, honest, lostByCse, findings } = await runCseFaults({
      dir,
      rounds: given.whole("rounds", 1, 1_000),
      devices: given.whole("devices", 1, 1_000),
      seed: given.required("seed"),
      progress: output.progress,
    })
    const holds = findings.length === 0
    output.result({ rounds, honest, lostByCse, findings, logs: holds ? null : dir }, () => {
      showRounds(FAULTS, rounds, output)
      output.say(
        `\n${honest.sent} messages sent: ${honest.verified} verified, ${honest.annotated} annotated, ${honest.lost} lost, ${honest.duplicated} decided twice, ${honest.wronged} wronged`,
      )
      if (lostByCse > 0)
        output.say(`${lostByCse} more are lost in the CSE: it acknowledged them, and does not hand them out`)
      for (const finding of findings) output.say(output.colour(`failure: ${finding}`, "red"))
      output.say(holds ? output.colour("Everything that must hold does.", "green") : `The logs are in ${dir}`)
    })
    if (holds) rmSync(dir, { recursive: true, force: true })
    return holds ? EXIT.ok : EXIT.failed
  },
}

await runProgram(faults)
