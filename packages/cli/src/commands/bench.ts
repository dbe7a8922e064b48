/** `assay bench`: what this machine can verify at most, and how much of that the pipeline leaves. */
import { arch, availableParallelism, cpus, totalmem } from "node:os"
import { NODE, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { benchFleet } from "../bench/fleet.ts"
import { openHistogram } from "../bench/histogram.ts"
import { measureLatency } from "../bench/latency.ts"
import { measurePipeline, type PipelineOptions, type PipelineResult } from "../bench/pipeline.ts"
import { against, showRequired } from "../bench/required.ts"
import { measureScaling } from "../bench/scaling.ts"
import { showHeaps, showLatency, showRates, showScaling, showStages, showThreads } from "../bench/show.ts"
import { verifyOnly } from "../bench/verify.ts"
import { type Command, EXIT, UsageError } from "../command.ts"

const SAMPLE = 2_000
const VERIFY_SECONDS = 4

/** @throws UsageError */
const sizesIn = (text: string): ReadonlyArray<number> =>
  text
    .split(",")
    .map((size) => {
      const devices = Number(size)
      if (!/^\d+$/.test(size) || devices < 1 || devices > MOST_DEVICES)
        throw new UsageError(
          `--devices takes whole numbers from 1 to ${MOST_DEVICES} with commas between them, not ${JSON.stringify(text)}`,
        )
      return devices
    })
    .toSorted((a, b) => a - b)
const MOST_DEVICES = 10_000_000

export const bench: Command = {
  name: "bench",
  summary: "measure the pipeline against a loop that only verifies signatures",
  usage: "bench [--devices N,N] [--speakers N] [--messages N] [--warm-up N] [--workers N] [--scaling N] [--json]",
  details:
    "Everything in one run on this machine: (a) verify only, as at 254bc7c (V) and with the best backends (B), (b) chained, (c) staged, (d) and (e) the same while the audit stream is sealed beside them, latency at half of b. Compare ratios, not absolutes. --scaling measures something else: what the cores beside the first add.",
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
      help: "only chained, with one worker, two and so on up to one per core, N times in turns",
    },
    partitions: { type: "string", value: "N", default: "4", help: "partitions of the log" },
    seed: { type: "string", value: "TEXT", default: "bench", help: "keys follow from it" },
  },
  run: async (given, output) => {
    const histogram = await openHistogram()
    const backend = readSettings({ backend: NODE.verifyBackend }, processEnvironment()).backend
    const sizes = sizesIn(given.required("devices"))
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
    const first = sizes[0]!
    const staged = await measurePipeline(options("staged", first))
    const sealed = await measurePipeline({ ...options("chained", first), seal: true })
    const stagedSealed = await measurePipeline({ ...options("staged", first), seal: true })
    output.progress("(a) once more, since machines drift ...")
    const again = await verifyOnly(tokens, VERIFY_SECONDS)
    const v = (limit.perSecond + again.perSecond) / 2
    output.progress("(a) with the calls of the pipeline, once more ...")
    const bestAgain = await verifyOnly(tokens, VERIFY_SECONDS, { best: true, backend })
    const b = (best.perSecond + bestAgain.perSecond) / 2
    const latency = await measureLatency(
      { ...options("chained", first), messages: Math.min(messages, 20_000) },
      chained[0]!.perSecond / 2,
      histogram,
    )
    const ratios = {
      chained: chained.map((result) => result.perSecond / v),
      staged: staged.perSecond / v,
      sealed: sealed.perSecond / v,
      stagedSealed: stagedSealed.perSecond / v,
      chainedOfBest: chained.map((result) => result.perSecond / b),
      stagedOfBest: staged.perSecond / b,
      sealedOfBest: sealed.perSecond / b,
      stagedSealedOfBest: stagedSealed.perSecond / b,
    }
    const machine = {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? "unknown",
      arch: arch(),
      memory: totalmem(),
      node: process.version,
    }
    const verified = { verifyOnly: [limit, again], verifyBest: [best, bestAgain], backend: best.backend }
    const limits = { v, b, threads: limit.threads }
    const required = against({ ...limits, chained, staged, latency })
    output.result({ machine, ...verified, chained, staged, sealed, stagedSealed, ratios, latency, required }, () => {
      const runs = [...chained, staged, sealed, stagedSealed]
      output.say(`${machine.cores} cores, node ${machine.node}, Ed25519 by ${best.backend}`)
      showRates(runs, limits, output)
      showThreads(runs, output)
      showHeaps(runs, output)
      showStages(chained[0]!, output)
      showLatency(latency, output)
      output.say()
      showRequired(required, output)
    })
    return EXIT.ok
  },
}
