/** The process of `run.ts`: runs the inputs of its targets and reports each target. */
import { openSync, writeSync } from "node:fs"
import { type Input, inputsOf } from "./input.ts"
import type { Job, TargetReport } from "./run.ts"
import type { Finding, Target } from "./target.ts"

/** CPU of one input, milliseconds; a mutation has at most 1 MB. Tried twice, since a collection of garbage may fall into it. */
const SLOW_MS = 1_000
/** Growth of the process by one input, bytes: what is inflated or repeated without a bound. */
const GROWN_BYTES = 256 << 20
/** So many are enough to see what is wrong. */
const MAX_FINDINGS = 20

const job = JSON.parse(process.argv[2]!) as Job
const { targets } = (await import(job.catalogue)) as { readonly targets: ReadonlyArray<Target> }
const place = openSync(job.place, "r+")
const at = Buffer.alloc(8)

const timed = async (
  target: Target,
  bytes: Uint8Array,
): Promise<{ readonly accepted: boolean; readonly ms: number }> => {
  const before = process.cpuUsage()
  const accepted = await target.check(bytes)
  const used = process.cpuUsage(before)
  return { accepted, ms: (used.user + used.system) / 1000 }
}

interface Answer {
  readonly accepted: boolean
  readonly ms: number
  readonly problem: string | null
}

/** What is wrong with the answer to this input, or null. */
const problemOf = async (target: Target, { bytes, isSeed }: Input): Promise<Answer> => {
  const slowMs = target.slowMs ?? SLOW_MS
  const rss = process.resourceUsage().maxRSS
  try {
    let { accepted, ms } = await timed(target, bytes)
    if (ms > slowMs) ms = Math.min(ms, (await timed(target, bytes)).ms)
    const grown = (process.resourceUsage().maxRSS - rss) * 1024
    if (isSeed && !accepted) return { accepted, ms, problem: "a valid input was refused" }
    if (ms > slowMs) return { accepted, ms, problem: `took ${Math.round(ms)} ms of CPU` }
    if (grown > GROWN_BYTES) return { accepted, ms, problem: `took ${Math.round(grown / 2 ** 20)} MB` }
    return { accepted, ms, problem: null }
  } catch (error) {
    return { accepted: false, ms: 0, problem: error instanceof Error ? `${error.stack}` : `threw ${String(error)}` }
  }
}

const run = async (target: Target, from: number): Promise<TargetReport> => {
  const findings: Array<Finding> = []
  let [inputs, accepted, slowestMs] = [0, 0, 0]
  const inputOf = inputsOf(target, job.seed)
  for (let index = from; index < job.inputs && findings.length < MAX_FINDINGS; index++) {
    at.writeUInt32LE(index, 4)
    writeSync(place, at, 0, 8, 0)
    const input = inputOf(index)
    const answer = await problemOf(target, input)
    inputs++
    if (answer.accepted) accepted++
    slowestMs = Math.max(slowestMs, answer.ms)
    if (answer.problem === null) continue
    const bytes = Buffer.from(input.bytes).toString("base64")
    findings.push({ target: target.name, input: input.name, problem: answer.problem, bytes })
  }
  return { target: target.name, inputs, accepted, slowestMs, findings }
}

for (const [nth, name] of job.targets.entries()) {
  at.writeUInt32LE(nth, 0)
  const target = targets.find((candidate) => candidate.name === name)!
  const report = await run(target, nth === 0 ? job.from : 0)
  await new Promise((sent) => process.send!(report, undefined, undefined, sent))
}
process.disconnect()
