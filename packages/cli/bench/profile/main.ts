/**
 * Where a message's CPU goes, by cause and kind of thread: a run of the chained or staged pipeline as `assay bench` makes it, under
 * V8's profiler. The kernel says how much each kind of thread took, the profile how that divides.
 *
 *   node packages/cli/bench/profile/main.ts [--messages 100000] [--devices 1000] [--topology chained] [--functions 0] [--keep DIR]
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import type { PipelineResult } from "../../src/bench/pipeline.ts"
import { table } from "../../src/output.ts"
import { type Profiled, readProfile } from "./read.ts"

const { values: given } = parseArgs({
  options: {
    messages: { type: "string", default: "100000" },
    "warm-up": { type: "string", default: "100000" },
    devices: { type: "string", default: "1000" },
    topology: { type: "string", default: "chained" },
    workers: { type: "string" },
    partitions: { type: "string", default: "4" },
    /** So many functions of the judging threads are shown beside the causes. */
    functions: { type: "string", default: "0" },
    /** Where the profiles stay. */
    keep: { type: "string" },
  },
})

const SAMPLE_US = 500

const dir = given.keep ?? mkdtempSync(join(tmpdir(), "assay-profile-"))
mkdirSync(dir, { recursive: true })
const { messages, "warm-up": warmUp, devices, topology, partitions, workers } = given
const run = fileURLToPath(new URL("./run.ts", import.meta.url))
const profiling = ["--cpu-prof", `--cpu-prof-dir=${dir}`, `--cpu-prof-interval=${SAMPLE_US}`]
const child = spawnSync(
  process.execPath,
  [...profiling, run, JSON.stringify({ messages, warmUp, devices, topology, partitions, workers })],
  { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 24 },
)
if (child.status !== 0) throw new Error(`the profiled run ended with ${child.status ?? child.signal}`)
const result = JSON.parse(child.stdout) as PipelineResult
const { threads, window } = result
if (threads === null) throw new Error("the kernel does not say what each thread takes: run it on Linux")

/** CPU.date.time.pid.thread.number.cpuprofile; thread 0 is the main thread. */
const profiles = readdirSync(dir)
  .filter((name) => name.endsWith(".cpuprofile"))
  .map((name) => ({ isMain: name.split(".")[4] === "0", profiled: readProfile(join(dir, name), ...window) }))

const sum = (parts: ReadonlyArray<Profiled>, of: keyof Profiled): ReadonlyMap<string, number> => {
  const total = new Map<string, number>()
  for (const part of parts) for (const [key, us] of part[of]) total.set(key, (total.get(key) ?? 0) + us)
  return total
}

/** Divides the CPU of a kind of thread as its profile divides. */
const divided = (isMain: boolean, us: number, of: keyof Profiled): ReadonlyMap<string, number> => {
  const parts = profiles.filter((one) => one.isMain === isMain).map(({ profiled }) => profiled)
  const total = sum(parts, of)
  const all = [...total.values()].reduce((a, b) => a + b, 0)
  return new Map([...total].map(([key, value]) => [key, (value / all) * us]))
}

const judging = divided(false, threads.judging, "byCause")
const main = divided(true, threads.main, "byCause")
const causes = [...new Set([...judging.keys(), ...main.keys()])].sort(
  (a, b) => (judging.get(b) ?? 0) + (main.get(b) ?? 0) - (judging.get(a) ?? 0) - (main.get(a) ?? 0),
)
const us = (value: number | undefined): string => (value === undefined ? "-" : value.toFixed(1))
console.log(
  `${result.topology}, ${result.workers} workers, ${result.devices} devices, ${result.messages} messages, ${result.perSecond.toFixed(0)}/s under the profiler; us of CPU for a message`,
)
console.log(
  table(
    ["cause", "judging threads", "main thread"],
    [
      ...causes.map((cause) => [cause, us(judging.get(cause)), us(main.get(cause))]),
      ["all of it", us(threads.judging), us(threads.main)],
    ],
    [1, 2],
  ),
)
console.log(
  `threads of V8 (collector, compiler) ${us(threads.collector)}, of libuv and LMDB ${us(threads.io)}, others ${us(threads.other)}; process ${us(result.processUs)}`,
)
const functions = [...divided(false, threads.judging, "byFunction")].sort(([, a], [, b]) => b - a)
for (const [name, value] of functions.slice(0, Number(given.functions)))
  console.log(`${us(value).padStart(7)}  ${name}`)
if (given.keep === undefined) rmSync(dir, { recursive: true, force: true })
