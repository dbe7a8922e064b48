/** `npm run faults:mqtt`: broker, adapter, node and network fail under load over MQTT; then the proof. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, EXIT } from "@assay/cli/command"
import { table } from "@assay/cli/output"
import { showRounds } from "../carrier/rounds.ts"
import { runProgram } from "../command.ts"
import { FAULTS, runFaults } from "./run.ts"

const faults: Command = {
  name: "faults:mqtt",
  summary:
    "restart the broker, kill adapter and node, cut networks and set a clock under load; prove that each message has one decision",
  usage: "npm run faults:mqtt -- [--rounds N] [--devices N] [--seed TEXT] [--json]",
  details: `Starts a mosquitto, a node and an adapter of its own as processes. Devices sign, publish at least once (QoS 1), and keep a
message until the broker has acknowledged it. The faults come in turn: ${FAULTS.join(", ")}.
Exit code 1: something that must hold does not. The logs of all processes are kept then.`,
  takes: 0,
  options: {
    rounds: { type: "string", value: "N", default: "18", help: "rounds, each with one fault" },
    devices: { type: "string", value: "N", default: "8", help: "honest devices" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "what is said" },
  },
  run: async (given, output) => {
    const dir = mkdtempSync(join(tmpdir(), "assay-faults-mqtt-"))
    const { rounds, checked } = await runFaults({
      dir,
      rounds: given.whole("rounds", 1, 1_000),
      devices: given.whole("devices", 1, 1_000),
      seed: given.required("seed"),
      progress: output.progress,
    })
    const holds = checked.findings.length === 0
    output.result({ rounds, ...checked, logs: holds ? null : dir }, () => {
      showRounds(FAULTS, rounds, output)
      output.say(
        `\n${checked.sent} messages sent, ${checked.decided} with exactly one decision, ${checked.repeated} copies recognised as such`,
      )
      const counted = Object.entries(checked.reasons).sort(([, a], [, b]) => b - a)
      output.say(
        `\n${table(
          ["reason", "times"],
          counted.map(([code, times]) => [code, String(times)]),
          [1],
        )}`,
      )
      for (const finding of checked.findings.slice(0, 20)) output.say(output.colour(`failure: ${finding}`, "red"))
      output.say(holds ? output.colour("Everything that must hold does.", "green") : `The logs are in ${dir}`)
    })
    if (holds) rmSync(dir, { recursive: true, force: true })
    return holds ? EXIT.ok : EXIT.failed
  },
}

await runProgram(faults)
