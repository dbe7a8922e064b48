/** `npm run scale`: instances follow the lag of their group as KEDA would have them, on a real broker, while the load changes. */
import type { Arguments, Command } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { ownBrokers } from "../cluster/brokers.ts"
import { runProgram } from "../command.ts"
import { describeMachine, machineLine } from "../machine.ts"
import { DIR_OPTION, inOwnDirectory } from "../own-directory.ts"
import { runScaling, type ScalingReport } from "./run.ts"
import { faster, type ScalerSettings } from "./scaler.ts"

/** As the chart has them (infra/kubernetes/chart): a test holds both together. */
export const chartSettings = (partitions: number, lagThreshold: number): ScalerSettings => ({
  ...{ lagThreshold, partitions, minReplicas: 1, maxReplicas: 12, pollingInterval: 15 },
  up: { pods: 2, period: 60 },
  down: { pods: 1, period: 120, stabilization: 300 },
})

export const failuresOf = (report: ScalingReport): ReadonlyArray<string> => [
  ...report.problems,
  ...report.unwilling.map((name) => `${name} had to be killed`),
  ...(report.unanswered === 0 ? [] : [`${report.unanswered} submissions had no answer`]),
  ...report.checked.results.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`)),
]

const show = (report: ScalingReport, failures: ReadonlyArray<string>, output: Output): void => {
  const rows = report.phases.map((one) => [
    String(one.perSecond),
    String(one.mostLag),
    String(one.mostInstances),
    one.p50.toFixed(0),
    one.p99.toFixed(0),
    one.caughtUp === null ? "not in it" : `${one.caughtUp.toFixed(0)} s`,
  ])
  const head = ["messages/s", "most lag", "instances", "p50 ms", "p99 ms", "caught up after"]
  output.say(table(head, rows, [0, 1, 2, 3, 4, 5]))
  output.say(
    `\n${report.submitted} submitted, ${report.changes} changes of the number of instances, lag at rest ${report.restingLag.join(", ")}`,
  )
  for (const { name, examined, found } of report.checked.results)
    output.say(`  ${name}: ${found === 0 ? "holds" : `${found} FINDINGS`} (${examined} examined)`)
  output.say(failures.length === 0 ? "Nothing was lost, doubled or changed." : failures.join("\n"))
}

const phasesOf = (given: Arguments): ReadonlyArray<{ perSecond: number; seconds: number }> => {
  const [base, seconds] = [given.whole("rate", 10, 10_000), given.whole("seconds", 5, 3_600)]
  return [
    { perSecond: base, seconds },
    { perSecond: 2 * base, seconds: 2 * seconds },
    { perSecond: base, seconds: 2 * seconds },
    { perSecond: Math.ceil(base / 2), seconds },
  ]
}

const scale: Command = {
  name: "scale",
  summary: "let instances follow lag as KEDA would, while the load doubles and halves, and prove that nothing was lost",
  usage: "npm run scale -- [--rate N] [--seconds N] [--times N] [--json]",
  details: `A broker of its own, chained nodes as processes, each with a share of a core as a CPU limit gives it. The scaler reads lag as
KEDA does and moves in the steps of the chart (infra/kubernetes/chart), with time divided by --times.
Exit code 1: something was lost, doubled or changed, or a submission had no answer.`,
  takes: 0,
  options: {
    rate: { type: "string", value: "N", default: "200", help: "messages a second; then twice, the same, half of it" },
    seconds: {
      type: "string",
      value: "N",
      default: "30",
      help: "of the first and the last; the others take twice as long",
    },
    share: { type: "string", value: "PERCENT", default: "15", help: "of a core, for each instance" },
    times: { type: "string", value: "N", default: "10", help: "how much faster the scaler's time passes" },
    threshold: { type: "string", value: "N", default: "300", help: "entries that may wait for one instance" },
    partitions: { type: "string", value: "N", default: "4", help: "of the log" },
    devices: { type: "string", value: "N", default: "60", help: "honest devices" },
    seed: { type: "string", value: "TEXT", default: "scale", help: "what is said" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    const partitions = given.whole("partitions", 1, 32)
    const settings = faster(
      chartSettings(partitions, given.whole("threshold", 1, 1_000_000)),
      given.whole("times", 1, 100),
    )
    return inOwnDirectory(given, "assay-scale-", async (dir) => {
      const brokers = await ownBrokers(dir, 1, output.progress)
      const machine = describeMachine(brokers.cluster.version)
      try {
        const report = await runScaling({
          ...{ brokers, dir, settings, phases: phasesOf(given), progress: output.progress },
          ...{ share: given.whole("share", 1, 100) / 100, devices: given.whole("devices", 1, 100_000) },
          seed: given.required("seed"),
        })
        const failures = failuresOf(report)
        output.result({ machine, ...report, failures }, () => {
          output.say(`${machineLine(machine)}\n`)
          show(report, failures, output)
        })
        return failures.length === 0
      } finally {
        await brokers.stop()
      }
    })
  },
}

if (import.meta.main) await runProgram(scale)
