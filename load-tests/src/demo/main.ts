/** `npm run demo:kafka`: the demo with five services as five processes on Kafka, compared with the embedded run. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, EXIT } from "@assay/cli/command"
import { faultsOf, showReport } from "@assay/cli/demo"
import type { Output } from "@assay/cli/output"
import { runProgram } from "../command.ts"
import { type KafkaDemoReport, runKafkaDemo } from "./run.ts"

const SHOWN = 20

const failuresOf = ({ kafka, embedded, comparison, replay }: KafkaDemoReport): ReadonlyArray<string> => [
  ...faultsOf(kafka),
  ...faultsOf({ ...embedded, log: kafka.log }).map((fault) => `embedded: ${fault}`),
  ...(comparison.differences.length === 0
    ? []
    : [`${comparison.differences.length} submissions ended otherwise than embedded`]),
  ...(replay.differing === 0
    ? []
    : [`${replay.differing} decisions are not those that follow from what was submitted`]),
]

const show = (report: KafkaDemoReport, failures: ReadonlyArray<string>, output: Output): void => {
  const { kafka, comparison, replay } = report
  showReport(kafka, failures, output)
  const excused = Object.entries(comparison.bySpeed).map(([attack, count]) => `${count} of ${attack}`)
  output.say(
    `${comparison.equal} of ${comparison.compared} submissions ended as in the embedded run${excused.length === 0 ? "" : `; not comparable one by one, because the log's clock decides how fast they were: ${excused.join(", ")}`}.`,
  )
  output.say(
    `${replay.agreed} of ${replay.decisions} decisions follow from what was submitted, derived again with fresh state.`,
  )
  for (const { place, attack, role, left, right } of comparison.differences.slice(0, SHOWN))
    output.say(`  ${place} (${attack ?? "fleet"}, ${role}): Kafka ${left}; embedded ${right}`)
}

const demo: Command = {
  name: "demo:kafka",
  summary: "the demo with five services as five processes on Kafka, compared with the embedded run",
  usage: "npm run demo:kafka -- [--devices N] [--messages N] [--seed TEXT] [--instances N] [--json]",
  details: `Starts a broker (Java and Maven are needed), or uses those of KAFKA_BROKERS, under stream names of its own.
The same plan then runs embedded, and the outcome and reasons of every submission are compared.
Exit code 1: an attack did not end as it should, or a verdict differs.`,
  takes: 0,
  options: {
    devices: { type: "string", value: "N", default: "200", help: "honest devices; attacks bring their own" },
    messages: { type: "string", value: "N", default: "8000", help: "honest messages" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "keys and attacks follow from it" },
    instances: { type: "string", value: "N", default: "1", help: "processes of each service" },
    data: { type: "string", value: "DIR", help: "keep everything here (default: a temporary one, removed)" },
  },
  run: async (given, output) => {
    const kept = given.text("data")
    const dir = kept ?? mkdtempSync(join(tmpdir(), "assay-demo-kafka-"))
    try {
      const report = await runKafkaDemo({
        dir,
        prefix: `demo${randomUUID().slice(0, 8)}.`,
        devices: given.whole("devices", 1, 1_000_000),
        messages: given.whole("messages", 1, 10_000_000),
        seed: given.required("seed"),
        instances: given.whole("instances", 1, 8),
        progress: output.progress,
      })
      const failures = failuresOf(report)
      output.result({ ...report, failures }, () => show(report, failures, output))
      return failures.length === 0 ? EXIT.ok : EXIT.failed
    } finally {
      if (kept === null) rmSync(dir, { recursive: true, force: true })
    }
  },
}

await runProgram(demo)
