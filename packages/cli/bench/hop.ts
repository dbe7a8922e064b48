/**
 * What one message costs between two stages besides judging: its record is decoded and checked, and the next stage's verdict is
 * appended. The records are those that the staged pipeline writes for really signed messages.
 *
 *   node --expose-gc packages/cli/bench/hop.ts [--devices 500] [--messages 4000] [--rounds 9] [--passes 40]
 *
 * CPU of the thread for one message, in microseconds: the median of all rounds, and the least. A round takes `--passes` times all
 * records of a stream, since the kernel counts CPU in milliseconds. `heapBytes` is what decoding one record allocates.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { publishKnowledge, StageRunner, toRawEntry } from "@assay/engine"
import { VALID } from "@assay/jose/verify"
import { type NewRecord, recordsIn } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { countAllocation, stagesOver } from "@assay/node"
import { appendVerdict, decodeEntry } from "@assay/schemas"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES, type StageName, type Verdict } from "@assay/trust"
import { benchFleet, type Prepared } from "../src/bench/fleet.ts"
import { SERVICES } from "../src/services.ts"

const { values: given } = parseArgs({
  options: {
    devices: { type: "string", default: "500" },
    messages: { type: "string", default: "4000" },
    rounds: { type: "string", default: "9" },
    passes: { type: "string", default: "40" },
  },
})
const devices = Number(given.devices)
const messages = Number(given.messages)
const rounds = Number(given.rounds)
const passes = Number(given.passes)

const PARTITION = 0
/** Messages of each device before those that are measured: a new device's verdicts say more. */
const EARLIER = 10
/** Of work on one record, before it is measured. */
const WARM_UP = 100_000

const dir = mkdtempSync(join(tmpdir(), "assay-hop-"))
const log = await openEmbedded({ dir, partitions: 1 })
const fleet = benchFleet(devices, 1, "hop")
const runners: Array<StageRunner> = []
for (const stage of stagesOver(SERVICES, log, async (jobs) => new Uint8Array(jobs.length).fill(VALID))(PARTITION))
  runners.push(await StageRunner.open({ log, stages: [stage], partition: PARTITION, roots: fleet.world.rootSet }))

const judge = async (all: Iterable<Prepared>): Promise<void> => {
  const records: ReadonlyArray<NewRecord> = Array.from(all, ({ record }) => record)
  if (records.length > 0) await log.append({ stream: STREAMS.submitted, partition: PARTITION }, records)
  for (const runner of runners) await runner.drain()
}

for (const [kind, body] of fleet.world.signedItems) await publishKnowledge(log, kind, body)
await judge(fleet.presentations())
await judge([]) // their admissions
for (let n = 0; n < EARLIER; n++) await judge(fleet.next(devices))
await judge(fleet.next(messages))

/** The last records that the stage read. */
const readBy = async (stage: StageName) => {
  const found = []
  for await (const record of recordsIn(log, STAGE_STREAMS[stage].input, PARTITION)) found.push(record)
  return found.slice(-messages)
}
type Records = Awaited<ReturnType<typeof readBy>>

/** A verdict as the pipeline appends it: one object for all messages in order. */
const verdictOf = (records: Records): Verdict => {
  const { body } = decodeEntry(records[0]!.value)
  if (body.kind !== "message" || body.message.verdicts.identity === null)
    throw new Error("no message between the stages")
  return body.message.verdicts.identity
}

const repeat = (records: Records, times: number, work: (record: Records[number]) => unknown): number => {
  const before = process.threadCpuUsage()
  for (let pass = 0; pass < times; pass++) for (const record of records) work(record)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / times / records.length
}

const costOf = (records: Records, work: (record: Records[number]) => unknown) => {
  repeat(records, Math.ceil(WARM_UP / records.length), work)
  const costs = Array.from({ length: rounds }, () => repeat(records, passes, work)).sort((a, b) => a - b)
  return { median: Number(costs[rounds >> 1]!.toFixed(2)), least: Number(costs[0]!.toFixed(2)) }
}

for (const stage of STAGES.slice(1)) {
  const records = await readBy(stage)
  const verdict = verdictOf(records)
  const decoded = costOf(records, ({ value }) => decodeEntry(value))
  const checked = costOf(records, (record) => toRawEntry(record, false, log.epoch, PARTITION, 0))
  const appended = costOf(records, ({ value }) => appendVerdict(value, stage, verdict))
  const allocated = countAllocation()
  repeat(records, passes, ({ value }) => decodeEntry(value))
  const heapBytes = Math.round(allocated().bytes / passes / records.length)
  const bytes = Math.round(records.reduce((sum, { value }) => sum + value.length, 0) / records.length)
  console.log(JSON.stringify({ readBy: SERVICE_NAMES[stage], bytes, decoded, checked, appended, heapBytes }))
}
await log.close()
rmSync(dir, { recursive: true, force: true })
