/**
 * What the table of states costs a message: five states read and written again, with and without keeping what they were before the
 * batch. The table alone: no stage judges, nothing is encoded or committed.
 *
 *   node packages/cli/bench/table-writes.ts [--devices 1000] [--batch 512]
 */
import { parseArgs } from "node:util"
import { StateTable } from "@assay/engine"
import { type AnyStage, STAGES } from "@assay/trust"

const { values: given } = parseArgs({
  options: { devices: { type: "string", default: "1000" }, batch: { type: "string", default: "512" } },
})
const devices = Number(given.devices)
const batch = Number(given.batch)
const ROUNDS = 30
const BATCHES = Math.ceil(51_200 / batch)
/** Five of them are a row of some 2.4 kB. */
const STATE = Buffer.alloc(470, 7)

const stages = STAGES.map(
  (name): AnyStage => ({
    name,
    logic: new Map(),
    state: {
      sizeOf: () => STATE.length,
      write: (_state, to, at) => {
        STATE.copy(to, at)
      },
      decode: (bytes) => bytes[0],
      view: (bytes, at) => bytes[at],
    },
    strangers: { maximum: 1, deadline: () => 1 },
    subject: () => null,
  }),
)
const names = Array.from({ length: devices }, (_, n) => `did:${n}`)

const tableOf = (keepsBefore: boolean): StateTable => {
  const table = new StateTable(stages)
  for (const name of names)
    for (let slot = 0; slot < stages.length; slot++) {
      table.admit(slot, name)
      table.set(slot, name, STATE)
    }
  table.takeDirty()
  if (keepsBefore) table.keepBefore()
  return table
}

/** @returns microseconds of CPU for each message */
const cost = (table: StateTable, from: number): number => {
  const before = process.threadCpuUsage()
  let at = from
  for (let n = 0; n < BATCHES; n++) {
    for (let message = 0; message < batch; message++) {
      const name = names[at++ % devices]!
      for (let slot = 0; slot < stages.length; slot++)
        if (table.get(slot, name) !== undefined) table.set(slot, name, STATE)
    }
    for (const name of table.takeDirty()) table.setRound(name, 1)
    table.committed()
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / (BATCHES * batch)
}

const without = tableOf(false)
const keeping = tableOf(true)
const costs = { without: Number.POSITIVE_INFINITY, keeping: Number.POSITIVE_INFINITY }
for (let round = 0; round < ROUNDS; round++) {
  costs.without = Math.min(costs.without, cost(without, round * batch))
  costs.keeping = Math.min(costs.keeping, cost(keeping, round * batch))
}
console.log(
  JSON.stringify({
    devices,
    batch,
    leastUs: { without: Number(costs.without.toFixed(2)), keeping: Number(costs.keeping.toFixed(2)) },
  }),
)
