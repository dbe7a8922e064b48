/**
 * What a message costs besides its signature: CPU of one thread that reads, parses, judges, encodes and hands to the log, with
 * every signature taken as valid, and what V8's threads and LMDB's take beside it. All of it after a warm-up.
 *
 *   node --expose-gc packages/cli/bench/judge.ts [--devices 1000] [--messages 20000] [--topology chained] [--rounds 7]
 *
 * To compare two commits, run it in a worktree of each in turns, and take medians: a busy machine makes all of it dearer.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { publishKnowledge, StageRunner } from "@assay/engine"
import { VALID } from "@assay/jose/verify"
import { openEmbedded } from "@assay/log/embedded"
import { countAllocation, stagesOver } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { benchFleet, type Prepared } from "../src/bench/fleet.ts"
import { threadTimes } from "../src/bench/thread-times.ts"
import { SERVICES } from "../src/services.ts"

const { values: given } = parseArgs({
  options: {
    devices: { type: "string", default: "1000" },
    messages: { type: "string", default: "2000" },
    topology: { type: "string", default: "chained" },
    rounds: { type: "string", default: "7" },
    "warm-up": { type: "string", default: "40000" },
  },
})
const devices = Number(given.devices)
const messages = Number(given.messages)
const rounds = Number(given.rounds)

const APPEND = 512
const dir = mkdtempSync(join(tmpdir(), "assay-judge-"))
const log = await openEmbedded({ dir, partitions: 1 })
const fleet = benchFleet(devices, 1, "judge")
const stages = stagesOver(SERVICES, log, async (jobs) => new Uint8Array(jobs.length).fill(VALID))(0)
const groups = given.topology === "staged" ? stages.map((stage) => [stage]) : [stages]
const runners: Array<StageRunner> = []
for (const group of groups)
  runners.push(await StageRunner.open({ log, stages: group, partition: 0, roots: fleet.world.rootSet }))

const drain = async (): Promise<void> => {
  for (const runner of runners) await runner.drain()
}
const append = async (all: ReadonlyArray<Prepared>): Promise<void> => {
  for (let at = 0; at < all.length; at += APPEND) {
    const records = all.slice(at, at + APPEND).map(({ record }) => record)
    await log.append({ stream: STREAMS.submitted, partition: 0 }, records)
  }
}

for (const [kind, body] of fleet.world.signedItems) await publishKnowledge(log, kind, body)
await append([...fleet.presentations()])
await drain()
await drain() // their admissions
for (let left = Number(given["warm-up"]); left > 0; left -= messages) {
  await append(fleet.next(messages))
  await drain()
}
const costs: Array<number> = []
const beside = { collector: 0, io: 0 }
let allocatedBytes = 0
let pausedUs = 0
for (let round = 0; round < rounds; round++) {
  await append(fleet.next(messages))
  const kinds = threadTimes()
  const allocated = countAllocation()
  const before = process.threadCpuUsage()
  await drain()
  const { user, system } = process.threadCpuUsage(before)
  costs.push((user + system) / messages)
  const { bytes, pausedUs: paused } = allocated()
  allocatedBytes += bytes / messages / rounds
  pausedUs += paused / messages / rounds
  const after = threadTimes()
  if (kinds === null || after === null) continue
  for (const kind of ["collector", "io"] as const)
    beside[kind] += (after[kind] - kinds[kind]) / 1000 / messages / rounds
}
costs.sort((a, b) => a - b)
const shown = (cost: number): number => Number(cost.toFixed(1))
console.log(
  JSON.stringify({
    ...given,
    medianUs: shown(costs[rounds >> 1]!),
    leastUs: shown(costs[0]!),
    mostUs: shown(costs.at(-1)!),
    // Of the threads beside: V8's, which collect garbage and compile, and libuv's.
    collectorUs: shown(beside.collector),
    ioUs: shown(beside.io),
    pausedUs: shown(pausedUs),
    allocatedBytes: Math.round(allocatedBytes),
  }),
)
await log.close()
rmSync(dir, { recursive: true, force: true })
