/** `npm run demo:devices`: devices that decide by themselves, each a process, and a pipeline that finds the same later. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, EXIT } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { runProgram } from "../command.ts"
import { type DevicesReport, runDevices } from "./run.ts"

const faultsOf = ({ rows, disagreeing, meetings, refused }: DevicesReport): ReadonlyArray<string> => [
  ...rows.filter(({ ok }) => !ok).map(({ name, expected, got }) => `${name}: ${got}, not ${expected}`),
  ...(meetings === 0 ? ["no meeting is reported by both devices"] : []),
  ...(disagreeing === 0 ? [] : [`${disagreeing} meetings are not reported alike by both devices`]),
  ...refused.map((one) => `the pipeline judges otherwise: ${one}`),
]

const HEAD = ["what happens", "from", "to", "decided", ""]

const show = (report: DevicesReport, faults: ReadonlyArray<string>, output: Output): void => {
  const rows = report.rows.map(({ name, from, to, got, ok, limit }) => [
    name,
    from,
    to,
    got,
    ok ? (limit ? "ok, a known limit" : "ok") : "NOT AS EXPECTED",
  ])
  output.say()
  output.say(table(HEAD, rows, []))
  output.say()
  output.say(
    `${report.meetings} meetings are reported by both devices, ${report.meetings - report.disagreeing} of them alike; the pipeline found ${report.reports} decisions in their messages.`,
  )
  output.say(
    `It judged ${report.replayed} of the messages that they had decided on, and ${report.replayed - report.refused.length} as they had.`,
  )
  for (const fault of faults) output.say(output.colour(`fault: ${fault}`, "red"))
}

const demo: Command = {
  name: "demo:devices",
  summary: "devices that meet without the pipeline and decide by their passports, each a process of its own",
  usage: "npm run demo:devices -- [--data DIR] [--json]",
  details: `Needs no server and no key. Devices speak over sockets of this machine. Exit code 1: a case did not end as it should,
both sides of a meeting do not report the same, or the pipeline judges a message otherwise than the device that took it.`,
  takes: 0,
  options: {
    data: {
      type: "string",
      value: "DIR",
      help: "keep the devices' directories here (default: a temporary one, removed)",
    },
  },
  run: async (given, output) => {
    const kept = given.text("data")
    const dir = kept ?? mkdtempSync(join(tmpdir(), "assay-demo-devices-"))
    try {
      const report = await runDevices(dir, output.progress)
      const faults = faultsOf(report)
      output.result({ ...report, faults }, () => show(report, faults, output))
      return faults.length === 0 ? EXIT.ok : EXIT.failed
    } finally {
      if (kept === null) rmSync(dir, { recursive: true, force: true })
    }
  },
}

await runProgram(demo)
