/** `npm run grow`: a log on a real broker gets more partitions while devices send. */
import { chosen } from "@assay/cli/choice"
import type { Command } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { TOPOLOGIES } from "@assay/settings"
import { runProgram } from "../command.ts"
import { startServers } from "../faults/setup.ts"
import { describeMachine, machineLine } from "../machine.ts"
import { DIR_OPTION, inOwnDirectory, jsonOf, writeText } from "../own-directory.ts"
import { type GrownReport, runGrow } from "./run.ts"

const show = (report: GrownReport, output: Output): void => {
  const { switched, readyMs, waitedMs, refused, killedInstances, sleeperEnded, checked, failures } = report
  const { stoppedMs, signedMs, filledMs, kills, again, moved, carried } = switched
  output.say(
    table(
      ["from the first request to stop until", "ms"],
      [
        ["all services have ended", String(stoppedMs)],
        [`the end is planned and signed (services ran once more ${again} times)`, String(signedMs)],
        [`the next log is filled (killed ${kills} times)`, String(filledMs)],
        ["all processes of the next epoch are ready", String(readyMs)],
      ],
      [1],
    ),
  )
  for (const [when, { p50, max }] of Object.entries(waitedMs))
    output.say(`the longest that a device over HTTP waited ${when}: median ${p50} ms, maximum ${max} ms`)
  output.say(
    `by the last call ${moved} states moved, ${carried} messages carried over; not taken: ${JSON.stringify(refused)}`,
  )
  output.say(`${killedInstances} processes killed; the one that slept: ${sleeperEnded ?? "none did"}`)
  const { former, next } = checked.decided
  output.say(`${former} decisions in the former epoch, ${next} in the next; ${checked.recognised} copies recognised\n`)
  for (const { name, claim, examined, found } of checked.results) {
    const result = found === 0 ? output.colour("holds", "green") : output.colour(`${found} FINDINGS`, "red")
    output.say(`  ${name}: ${claim}: ${result} (${examined} examined)`)
  }
  if (failures.length === 0)
    output.say(output.colour("\nEverything that must hold does; both epochs replay, verify and prove.", "green"))
  else for (const failure of failures) output.say(output.colour(`failure: ${failure}`, "red"))
}

const command: Command = {
  name: "grow",
  summary: "give a log on Kafka more partitions while devices send, with faults, and check both epochs",
  usage: "npm run grow -- [--kills N] [--quiet] [--topology NAME] [--backwards] [--json]",
  details: `Brokers, Redis, a schema registry and an MQTT broker of its own. Devices send over HTTP, each message until it is acknowledged, and over
MQTT. Processes are killed before and after; one sleeps (SIGSTOP) from before the end of the former epoch until the next one runs;
assay topics grow is killed --kills times. --quiet leaves all faults out, and so measures how long devices wait.
Exit code 1: something that must hold does not. The logs of all processes are kept then.`,
  takes: 0,
  options: {
    topology: { type: "string", value: "NAME", default: "chained", help: "staged or chained" },
    instances: { type: "string", value: "N", default: "3", help: "of each service" },
    times: { type: "string", value: "N", default: "2", help: "so many times the partitions" },
    devices: { type: "string", value: "N", default: "10", help: "over HTTP, and as many over MQTT" },
    every: { type: "string", value: "MS", default: "500", help: "between two messages of a device" },
    seconds: {
      type: "string",
      value: "N",
      default: "25",
      help: "before the growth without faults, with them, and after it",
    },
    kills: { type: "string", value: "N", default: "8", help: "of assay topics grow" },
    quiet: { type: "boolean", help: "no faults" },
    backwards: { type: "boolean", help: "staged: stop the services in the wrong order, so that some run once more" },
    seed: { type: "string", value: "TEXT", default: "grow", help: "who the devices are" },
    data: { type: "string", value: "FILE", help: "write the report here as JSON" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    const topology = chosen(given, "topology", TOPOLOGIES)
    const quiet = given.flag("quiet")
    return inOwnDirectory(given, "assay-grow-", async (dir) => {
      const servers = await startServers(dir, 1, output.progress)
      try {
        const report = await runGrow({
          ...{ servers, dir, topology, progress: output.progress, seed: given.required("seed"), faults: !quiet },
          // One of the first service sleeps, and the others go on.
          instances: given.whole("instances", quiet ? 1 : 2, 8),
          backwards: given.flag("backwards"),
          times: given.whole("times", 1, 64),
          devices: given.whole("devices", 1, 1_000),
          everyMs: given.whole("every", 10, 60_000),
          seconds: given.whole("seconds", 1, 3_600),
          kills: quiet ? 0 : given.whole("kills", 0, 100),
        })
        const machine = describeMachine(servers.cluster.version)
        const data = given.text("data")
        if (data !== null) writeText(data, jsonOf({ machine, topology, ...report }))
        output.result({ machine, topology, ...report }, () => {
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

if (import.meta.main) await runProgram(command)
