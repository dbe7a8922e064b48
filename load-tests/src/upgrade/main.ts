/** `npm run upgrade`: a deployment of another version is brought to this one under load, instance by instance. */
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { chosen } from "@assay/cli/choice"
import { type Command, UsageError } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { TOPOLOGIES } from "@assay/settings"
import { checkOut } from "../checkout.ts"
import { runProgram } from "../command.ts"
import { startServers } from "../faults/setup.ts"
import { describeMachine, machineLine } from "../machine.ts"
import { DIR_OPTION, inOwnDirectory, jsonOf, writeText } from "../own-directory.ts"
import { runUpgrade, type Upgraded } from "./run.ts"

const ROOT = fileURLToPath(new URL("../../../", import.meta.url))
const CLI = join("packages", "cli", "src", "main.ts")

const show = ({ replaced, checked, acknowledged, unanswered, failures }: Upgraded, output: Output): void => {
  const rows = replaced.map(({ instance, to, readyMs, decidedMs, refused }) => [
    ...[instance, to, refused === null ? "yes" : "no: it goes on as before"],
    ...[String(readyMs ?? "-"), String(decidedMs ?? "-")],
  ])
  output.say(table(["instance", "version", "runs by it", "ready, ms", "decisions again, ms"], rows, [3, 4]))
  output.say(`\n${acknowledged} acknowledged, ${unanswered} without an answer`)
  for (const { name, claim, examined, found } of checked.results) {
    const result = found === 0 ? output.colour("holds", "green") : output.colour(`${found} FINDINGS`, "red")
    output.say(`  ${name}: ${claim}: ${result} (${examined} examined)`)
  }
  if (failures.length === 0) output.say(output.colour("\nEverything that must hold does.", "green"))
  else for (const failure of failures) output.say(output.colour(`failure: ${failure}`, "red"))
}

const upgrade: Command = {
  name: "upgrade",
  summary:
    "bring a deployment of another version to this one under load, instance by instance, then prove what faults prove",
  usage: "npm run upgrade -- --from COMMIT [--back] [--topology NAME] [--json]",
  details: `The other version is checked out into a temporary directory, with npm ci there. Brokers, Redis and a schema registry of its own;
each service runs in --instances processes, which are replaced one after the other, readers before those that write to them.
--back goes back to the other version afterwards and comes again: an instance that does not run by it goes on as before.
Exit code 1: something that must hold does not. The logs of all processes are kept then.`,
  takes: 0,
  options: {
    from: { type: "string", value: "COMMIT", help: "the other version, as git names it" },
    back: { type: "boolean", help: "also go back, and come again" },
    topology: { type: "string", value: "NAME", default: "staged", help: "staged or chained" },
    instances: { type: "string", value: "N", default: "2", help: "of each service" },
    rate: { type: "string", value: "N", default: "60", help: "submissions a second" },
    devices: { type: "string", value: "N", default: "60", help: "honest devices" },
    seed: { type: "string", value: "TEXT", default: "upgrade", help: "what is said" },
    data: { type: "string", value: "FILE", help: "write the report here as JSON" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    const from = given.text("from")
    if (from === null) throw new UsageError("--from names the version to come from, as git writes it: --from v0.1")
    const topology = chosen(given, "topology", TOPOLOGIES)
    return inOwnDirectory(given, "assay-upgrade-", async (dir) => {
      const other = await checkOut(ROOT, from, output.progress)
      try {
        const servers = await startServers(dir, 1, output.progress)
        try {
          const report = await runUpgrade({
            ...{ servers, dir, topology, progress: output.progress, seed: given.required("seed") },
            other: join(other.dir, CLI),
            back: given.flag("back"),
            instances: given.whole("instances", 1, 8),
            perSecond: given.whole("rate", 1, 10_000),
            devices: given.whole("devices", 1, 100_000),
          })
          const machine = describeMachine(servers.cluster.version)
          const value = { machine, from: other.commit, topology, ...report }
          const data = given.text("data")
          if (data !== null) writeText(data, jsonOf(value))
          output.result(value, () => {
            output.say(`${machineLine(machine)}, from ${other.commit.slice(0, 12)}\n`)
            show(report, output)
          })
          return report.failures.length === 0
        } finally {
          await servers.stop()
        }
      } finally {
        other.remove()
      }
    })
  },
}

if (import.meta.main) await runProgram(upgrade)
