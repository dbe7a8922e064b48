/**
 * How long a partition of many devices stands still after a commit that failed: until its next runner is there, from memory and
 * from the log, and until that has judged and committed the batch once more. The devices of the batch are judged for real, each once
 * in it; the row of one of them then stands in the changelog under as many names as asked for.
 *
 *   node --max-old-space-size=8192 packages/cli/bench/failed-commit.ts [--devices 100000] [--batch 512] [--rounds 5]
 */
import { parseArgs } from "node:util"
import { StageRunner } from "@assay/engine"
import { type Log, UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { judgedDevice } from "./judged-device.ts"

const { values: given } = parseArgs({
  options: {
    devices: { type: "string", default: "100000" },
    batch: { type: "string", default: "512" },
    rounds: { type: "string", default: "5" },
  },
})
const devices = Number(given.devices)
const batch = Number(given.batch)
const rounds = Number(given.rounds)
const ROWS = 4_096

const {
  log,
  fleet,
  options,
  runner: first,
  append,
  changelog,
  row,
  keyOf,
  close,
} = await judgedDevice("failed-commit", batch)
const { group, next } = first
const position = { group, stream: STREAMS.submitted, from: next, next }
for (let from = 0; from < devices; from += ROWS) {
  const count = Math.min(ROWS, devices - from)
  const records = Array.from({ length: count }, (_, n) => ({ key: keyOf(from + n), value: row.value }))
  await log.commit(0, { ...position, outputs: [{ stream: changelog.stream, records }] })
}

let fails = false
const failing: Log = {
  ...log,
  commit: async (partition, commit) => {
    if (fails) throw new UnavailableError("refused, says the bench")
    return log.commit(partition, commit)
  },
}
const openings: Array<string> = []
const over = { ...options, log: failing, onOpening: (from: string) => openings.push(from) }

const times = {
  memory: { opened: [] as Array<number>, judged: [] as Array<number> },
  log: { opened: [] as Array<number>, judged: [] as Array<number> },
}
let runner = await StageRunner.open(over)
for (let round = 0; round < 2 * rounds; round++) {
  const from = round % 2 === 0 ? "memory" : "log"
  await append(fleet.next(batch))
  fails = true
  const failure: unknown = await runner.drain().then(
    () => null,
    (cause: unknown) => cause,
  )
  fails = false
  if (!(failure instanceof UnavailableError)) throw new Error("the commit did not fail", { cause: failure })
  const started = performance.now()
  runner = await StageRunner.open(over, from === "memory" ? runner.state : null)
  times[from].opened.push(performance.now() - started)
  const expected = from === "memory" ? "rolled-back" : "restored"
  if (openings.at(-1) !== expected) throw new Error(`the state was ${openings.at(-1)}, not ${expected}`)
  await runner.drain()
  times[from].judged.push(performance.now() - started)
}
const median = (all: ReadonlyArray<number>): number =>
  Number(all.toSorted((a, b) => a - b)[all.length >> 1]!.toFixed(1))
console.log(
  JSON.stringify({
    devices,
    rowBytes: row.value.length,
    batch,
    rounds,
    fromMemoryMs: { opened: median(times.memory.opened), judged: median(times.memory.judged) },
    fromLogMs: { opened: median(times.log.opened), judged: median(times.log.judged) },
  }),
)
await close()
