/** `assay bench`: what this machine can verify at most, and how much of that the pipeline leaves. */
import { arch, availableParallelism, cpus, totalmem } from "node:os"
import { NODE, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { benchFleet } from "../bench/fleet.ts"
import { openHistogram } from "../bench/histogram.ts"
import { measureLatency } from "../bench/latency.ts"
import { measurePipeline, type PipelineOptions, type PipelineResult } from "../bench/pipeline.ts"
import { measureScaling, type Scaling } from "../bench/scaling.ts"
import { THREAD_KINDS } from "../bench/thread-times.ts"
import { verifyOnly } from "../bench/verify.ts"
import { type Command, EXIT } from "../command.ts"
import { type Output, table } from "../output.ts"

const SAMPLE = 2_000
const VERIFY_SECONDS = 4

const verifyRow = (name: string, perSecond: number, ofV: number, ofB: number, threads: number) => [
  name,
  "-",
  perSecond.toFixed(0),
  ofV.toFixed(2),
  ofB.toFixed(2),
  "-",
  ((threads * 1e6) / perSecond).toFixed(1),
  "-",
  "-",
  "-",
]

const us = (value: number | undefined): string => value?.toFixed(1) ?? "-"

/** CPU by kind of thread; nothing where the kernel does not say. */
const showThreads = (results: ReadonlyArray<PipelineResult>, output: Output): void => {
  if (results.some(({ threads }) => threads === null)) return
  output.say(
    table(
      ["us by kind of thread", "devices", ...THREAD_KINDS],
      results.map(({ topology, devices, threads }) => [
        topology,
        String(devices),
        ...THREAD_KINDS.map((kind) => us(threads?.[kind])),
      ]),
      [1, 2, 3, 4, 5, 6],
    ),
  )
  output.say()
}

const showStages = (result: PipelineResult, output: Output): void =>
  output.say(
    table(
      ["stage", "gather us", "judge us"],
      result.stages.map(({ stage, gatherUs, judgeUs }) => [stage, gatherUs.toFixed(2), judgeUs.toFixed(2)]),
      [1, 2],
    ),
  )

const showScaling = ({ pinned, rounds, verifyGain, chainedGain, kept }: Scaling, output: Output): void => {
  output.say(
    table(
      ["threads", "verify only/s", "chained/s", "of B"],
      rounds
        .flat()
        .map(({ threads, verifyPerSecond, chainedPerSecond }) => [
          String(threads),
          verifyPerSecond.toFixed(0),
          chainedPerSecond.toFixed(0),
          (chainedPerSecond / verifyPerSecond).toFixed(2),
        ]),
      [0, 1, 2, 3],
    ),
  )
  output.say()
  output.say(
    `all threads over one: verify only ${verifyGain.toFixed(2)}, chained ${chainedGain.toFixed(2)}; ${kept.toFixed(2)} of it, the median of the rounds`,
  )
  if (!pinned) output.say("one thread was not kept to one CPU: there is no taskset, or it was refused")
}

export const bench: Command = {
  name: "bench",
  summary: "measure the pipeline against a loop that only verifies signatures",
  usage: "bench [--devices N,N] [--speakers N] [--messages N] [--warm-up N] [--workers N] [--scaling N] [--json]",
  details:
    "Everything in one run on this machine: (a) verify only, as at 254bc7c (V) and with the best backends (B), (b) chained, (c) staged, (d) chained while the audit stream is sealed beside it, latency at half of b. Compare ratios, not absolutes. --scaling measures something else: what the cores beside the first add.",
  options: {
    devices: { type: "string", value: "N,N", default: "1000", help: "fleet sizes for the chained run" },
    speakers: {
      type: "string",
      value: "N",
      default: "100000",
      help: "devices of a larger fleet that send messages; the others are only known, since ten messages of each are warm-up",
    },
    messages: { type: "string", value: "N", default: "100000", help: "messages measured in each run" },
    "warm-up": {
      type: "string",
      value: "N",
      default: "100000",
      help: "messages judged before those, until V8 has compiled what is hot",
    },
    workers: { type: "string", value: "N", help: "threads that judge (default one per core; 0: the main thread)" },
    scaling: {
      type: "string",
      value: "N",
      help: "only chained with one worker and with one per core, N times in turns",
    },
    partitions: { type: "string", value: "N", default: "4", help: "partitions of the log" },
    seed: { type: "string", value: "TEXT", default: "bench", help: "keys follow from it" },
  },
  run: async (given, output) => {
    const histogram = await openHistogram()
    const backend = readSettings({ backend: NODE.verifyBackend }, processEnvironment()).backend
    const sizes = given.required("devices").split(",").map(Number)
    const speakers = given.whole("speakers", 1, 1_000_000)
    const messages = given.whole("messages", 1_000, 10_000_000)
    const warmUp = given.whole("warm-up", 0, 10_000_000)
    const partitions = given.whole("partitions", 1, 64)
    const workers = given.text("workers") === null ? availableParallelism() : given.whole("workers", 0, 256)
    const options = (topology: PipelineOptions["topology"], devices: number): PipelineOptions => ({
      topology,
      workers,
      devices,
      speakers: Math.min(devices, speakers),
      messages,
      warmUp,
      partitions,
      seed: given.required("seed"),
      verifyBackend: backend,
      progress: output.progress,
    })
    const tokens = benchFleet(Math.min(1_000, sizes[0]!), partitions, given.required("seed"))
      .next(SAMPLE)
      .map((item) => item.token)
    if (given.text("scaling") !== null) {
      const scaling = await measureScaling(tokens, options("chained", sizes[0]!), given.whole("scaling", 1, 100))
      output.result(scaling, () => showScaling(scaling, output))
      return EXIT.ok
    }
    output.progress("(a) verifying only, all cores ...")
    const limit = await verifyOnly(tokens, VERIFY_SECONDS)
    output.progress("(a) with the calls of the pipeline ...")
    const best = await verifyOnly(tokens, VERIFY_SECONDS, { best: true, backend })
    const chained: Array<PipelineResult> = []
    for (const devices of sizes) chained.push(await measurePipeline(options("chained", devices)))
    const staged = await measurePipeline(options("staged", sizes[0]!))
    const sealed = await measurePipeline({ ...options("chained", sizes[0]!), seal: true })
    output.progress("(a) once more, since machines drift ...")
    const again = await verifyOnly(tokens, VERIFY_SECONDS)
    const a = (limit.perSecond + again.perSecond) / 2
    output.progress("(a) with the calls of the pipeline, once more ...")
    const bestAgain = await verifyOnly(tokens, VERIFY_SECONDS, { best: true, backend })
    const b = (best.perSecond + bestAgain.perSecond) / 2
    const latency = await measureLatency(
      { ...options("chained", sizes[0]!), messages: Math.min(messages, 20_000) },
      chained[0]!.perSecond / 2,
      histogram,
    )
    const ratios = {
      chained: chained.map((result) => result.perSecond / a),
      staged: staged.perSecond / a,
      sealed: sealed.perSecond / a,
      chainedOfBest: chained.map((result) => result.perSecond / b),
      stagedOfBest: staged.perSecond / b,
      sealedOfBest: sealed.perSecond / b,
    }
    const machine = {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? "unknown",
      arch: arch(),
      memory: totalmem(),
      node: process.version,
    }
    const verified = { verifyOnly: [limit, again], verifyBest: [best, bestAgain], backend: best.backend }
    output.result({ machine, ...verified, chained, staged, sealed, ratios, latency }, () => {
      output.say(`${machine.cores} cores, node ${machine.node}, Ed25519 by ${best.backend}`)
      output.say(
        table(
          ["run", "devices", "messages/s", "of V", "of B", "us main", "us process", "B heap", "us gc", "B/device"],
          [
            verifyRow("(a) V, verify only", a, 1, a / b, limit.threads),
            verifyRow("(a) B, best backends", b, b / a, 1, best.threads),
            ...[
              ...chained.map((result, at) => ({
                name: "(b) chained",
                result,
                ofV: ratios.chained[at]!,
                ofB: ratios.chainedOfBest[at]!,
              })),
              { name: "(c) staged", result: staged, ofV: ratios.staged, ofB: ratios.stagedOfBest },
              { name: "(d) chained, sealed", result: sealed, ofV: ratios.sealed, ofB: ratios.sealedOfBest },
            ].map(({ name, result, ofV, ofB }) => [
              name,
              String(result.devices),
              result.perSecond.toFixed(0),
              ofV.toFixed(2),
              ofB.toFixed(2),
              result.mainUs.toFixed(1),
              result.processUs.toFixed(1),
              String(result.allocatedBytes),
              result.collectorUs.toFixed(1),
              String(result.bytesPerDevice ?? "-"),
            ]),
          ],
          [1, 2, 3, 4, 5, 6, 7, 8, 9],
        ),
      )
      output.say()
      showThreads([...chained, staged], output)
      showStages(chained[0]!, output)
      output.say()
      output.say(
        `latency at ${latency.offeredPerSecond.toFixed(0)}/s, ms: p50 ${latency.p50}  p90 ${latency.p90}  p99 ${latency.p99}  p99.9 ${latency.p999}  max ${latency.max}`,
      )
    })
    return EXIT.ok
  },
}
