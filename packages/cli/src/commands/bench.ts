/** `assay bench`: what this machine can verify at most, and how much of that the pipeline leaves. */
import { arch, availableParallelism, cpus, totalmem } from "node:os"
import { benchFleet } from "../bench/fleet.ts"
import { openHistogram } from "../bench/histogram.ts"
import { measureLatency, measurePipeline, type PipelineOptions, type PipelineResult } from "../bench/pipeline.ts"
import { verifyOnly } from "../bench/verify.ts"
import { type Command, EXIT } from "../command.ts"
import { type Output, table } from "../output.ts"

const SAMPLE = 2_000
const VERIFY_SECONDS = 4

const showStages = (result: PipelineResult, output: Output): void =>
  output.say(
    table(
      ["stage", "gather us", "judge us"],
      result.stages.map(({ stage, gatherUs, judgeUs }) => [stage, gatherUs.toFixed(2), judgeUs.toFixed(2)]),
      [1, 2],
    ),
  )

export const bench: Command = {
  name: "bench",
  summary: "measure the pipeline against a loop that only verifies signatures",
  usage: "bench [--devices N,N] [--messages N] [--json]",
  details:
    "Everything in one run on this machine: (a) verify only, (b) chained, (c) staged, latency at half of b. Compare ratios, not absolutes.",
  options: {
    devices: { type: "string", value: "N,N", default: "1000", help: "fleet sizes for the chained run" },
    messages: { type: "string", value: "N", default: "40000", help: "messages measured in each run" },
    partitions: { type: "string", value: "N", default: "2", help: "partitions of the log" },
    seed: { type: "string", value: "TEXT", default: "bench", help: "keys follow from it" },
  },
  run: async (given, output) => {
    const histogram = await openHistogram()
    const sizes = given.required("devices").split(",").map(Number)
    const messages = given.whole("messages", 1_000, 10_000_000)
    const partitions = given.whole("partitions", 1, 64)
    const options = (topology: PipelineOptions["topology"], devices: number): PipelineOptions => ({
      topology,
      devices,
      messages,
      partitions,
      seed: given.required("seed"),
      progress: output.progress,
    })
    const tokens = benchFleet(Math.min(1_000, sizes[0]!), partitions, given.required("seed"))
      .next(SAMPLE)
      .map((item) => item.token)
    output.progress("(a) verifying only, all cores ...")
    const limit = await verifyOnly(tokens, VERIFY_SECONDS)
    const chained: Array<PipelineResult> = []
    for (const devices of sizes) chained.push(await measurePipeline(options("chained", devices)))
    const staged = await measurePipeline(options("staged", sizes[0]!))
    output.progress("(a) once more, since machines drift ...")
    const again = await verifyOnly(tokens, VERIFY_SECONDS)
    const a = (limit.perSecond + again.perSecond) / 2
    const latency = await measureLatency(
      { ...options("chained", sizes[0]!), messages: Math.min(messages, 20_000) },
      chained[0]!.perSecond / 2,
      histogram,
    )
    const ratios = { chained: chained.map((result) => result.perSecond / a), staged: staged.perSecond / a }
    const machine = {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? "unknown",
      arch: arch(),
      memory: totalmem(),
      node: process.version,
    }
    output.result({ machine, verifyOnly: [limit, again], chained, staged, ratios, latency }, () => {
      output.say(`${machine.cores} cores, node ${machine.node}`)
      output.say(
        table(
          ["run", "devices", "messages/s", "of (a)", "us main", "us process", "bytes/device"],
          [
            ["(a) verify only", "-", a.toFixed(0), "1.00", "-", ((limit.threads * 1e6) / a).toFixed(1), "-"],
            ...[
              ...chained.map((result, at) => ({ result, ratio: ratios.chained[at]! })),
              { result: staged, ratio: ratios.staged },
            ].map(({ result, ratio }) => [
              `(${result.topology === "chained" ? "b" : "c"}) ${result.topology}`,
              String(result.devices),
              result.perSecond.toFixed(0),
              ratio.toFixed(2),
              result.mainUs.toFixed(1),
              result.processUs.toFixed(1),
              String(result.bytesPerDevice),
            ]),
          ],
          [1, 2, 3, 4, 5, 6],
        ),
      )
      output.say()
      showStages(chained[0]!, output)
      output.say()
      output.say(
        `latency at ${latency.offeredPerSecond.toFixed(0)}/s, ms: p50 ${latency.p50}  p90 ${latency.p90}  p99 ${latency.p99}  p99.9 ${latency.p999}  max ${latency.max}`,
      )
    })
    return EXIT.ok
  },
}
