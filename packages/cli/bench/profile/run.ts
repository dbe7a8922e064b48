/** The run that is profiled, in a process of its own. Prints its `PipelineResult`. */
import { availableParallelism } from "node:os"
import type { Topology } from "@assay/engine"
import { measurePipeline } from "../../src/bench/pipeline.ts"

const given = JSON.parse(process.argv[2]!) as Record<"messages" | "warmUp" | "devices" | "partitions", string> & {
  readonly topology: Topology
  readonly workers?: string
}
const result = await measurePipeline({
  topology: given.topology,
  workers: given.workers === undefined ? availableParallelism() : Number(given.workers),
  devices: Number(given.devices),
  speakers: Number(given.devices),
  messages: Number(given.messages),
  warmUp: Number(given.warmUp),
  partitions: Number(given.partitions),
  seed: "profile",
  verifyBackend: "auto",
  progress: (line) => console.error(line),
})
console.log(JSON.stringify(result))
